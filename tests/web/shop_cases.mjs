// What a visitor does: shop, flip the switch, go back, lose a server, lay side by side.

import assert from 'node:assert/strict';

export const PAGES = ['/', '/c/kitchen', '/c/kitchen?page=3', '/p/p000007', '/p/p000600'];
const ARCHITECTURES = ['unified', 'microservices'];
const NO_ANSWER = /Failed to load resource: net::ERR_CONNECTION_REFUSED/;
const NOT_FOUND = /Failed to load resource: the server responded with a status of 40[04]/;

const text = (page) => page.locator('main').innerText();
const path = (page) => page.evaluate(() => location.pathname + location.search);

export const shopCases = [
  {
    name: 'every page says the same on both, and names who answered, by their own counts',
    run: async (world) => {
      for (const origin of Object.values(world.stacks.origins)) {
        for (const address of PAGES) {
          const page = await world.open(address, { origin });
          const texts = [];
          for (const architecture of [...ARCHITECTURES, 'unified']) {
            const other = ARCHITECTURES.find((name) => name !== architecture);
            if ((await world.answeredBy(page)) === architecture) await world.flip(page, other);
            const before = [
              await world.stacks.answered(architecture),
              await world.stacks.answered(other),
            ];
            await world.flip(page, architecture);
            await world.until(
              'the bar',
              async () => (await world.answeredBy(page)) === architecture,
            );
            assert.equal(
              await world.stacks.answered(architecture),
              before[0] + 1,
              `${architecture} ${address}`,
            );
            assert.equal(await world.stacks.answered(other), before[1], `${other} ${address}`);
            texts.push(await text(page));
          }
          assert.equal(new Set(texts).size, 1, address);
          assert.ok(texts[0].length > 200, address);
        }
        await world.closeAll();
      }
    },
  },
  {
    name: 'the price bar shows time, bytes and the parts of both, and unfolds',
    run: async (world) => {
      const page = await world.open('/p/p000007');
      assert.match(
        await page.locator('[data-architecture=microservices].price-row').innerText(),
        /not asked/,
      );
      await world.flip(page, 'microservices');
      for (const architecture of ARCHITECTURES) {
        const row = page.locator(`[data-architecture=${architecture}].price-row`);
        assert.match(await row.innerText(), /[\d.]+ ms\s+1,030 bytes/);
        assert.ok((await row.locator('.track .part').count()) >= 2);
      }
      await page.locator('#price summary').click();
      const words = await page.locator('.price-more').innerText();
      for (const part of ['store', 'write', 'product', 'stock', 'prices', 'reviews', 'merge'])
        assert.match(words, new RegExp(`\\b${part}\\b`));
      assert.match(words, /Request [0-9a-f]{32}/);
      await page.setViewportSize({ width: 360, height: 800 });
      assert.ok(await page.locator('[data-architecture=unified] .size').isVisible());
    },
  },
  {
    name: 'the switch keeps path, page number and scroll, is remembered and can be linked',
    run: async (world) => {
      const page = await world.open('/c/kitchen?page=2');
      await page.evaluate(() => scrollTo(0, 700));
      await world.flip(page, 'microservices');
      await world.until('the flip', async () => (await world.answeredBy(page)) === 'microservices');
      assert.equal(await page.evaluate(() => scrollY), 700);
      assert.equal(await path(page), '/c/kitchen?page=2&arch=microservices');
      assert.equal(await page.evaluate(() => document.activeElement.value), 'microservices');
      await page.locator('main .card a').first().click();
      await world.until('the product', async () => (await path(page)).startsWith('/p/'));
      await world.settled(page);
      assert.equal(await world.answeredBy(page), 'microservices');
      await page.goto(`${world.stacks.origins.unified}/p/p000001`);
      await world.settled(page);
      assert.equal(await world.answeredBy(page), 'microservices');
      const linked = await world.open('/?arch=microservices');
      assert.equal(await world.answeredBy(linked), 'microservices');
      const odd = await world.open('/?arch=both');
      assert.equal(await world.answeredBy(odd), 'unified');
    },
  },
  {
    name: 'opened as localhost, the page goes to the address that both know, and the switch works',
    expected: [/^asked http:\/\/localhost:/],
    run: async (world) => {
      for (const origin of Object.values(world.stacks.origins)) {
        const page = await world.open('/c/kitchen?page=2&arch=microservices', {
          origin: origin.replace('127.0.0.1', 'localhost'),
        });
        await page.waitForURL(`${origin}/c/kitchen?page=2&arch=microservices`);
        for (const architecture of [...ARCHITECTURES, 'microservices']) {
          await world.flip(page, architecture);
          await world.until(
            'the flip',
            async () => (await world.answeredBy(page)) === architecture,
          );
        }
        await page.goBack();
        assert.equal(page.url(), 'about:blank', 'no way back to the other name');
      }
    },
  },
  {
    name: 'under a name that the servers do not know, the other architecture says where to go',
    expected: [/^asked http:\/\/shop\.localhost:/, /blocked by CORS policy/, /ERR_FAILED/],
    run: async (world) => {
      const { unified, microservices } = world.stacks.origins;
      const page = await world.open('/c/tea', {
        origin: unified.replace('127.0.0.1', 'shop.localhost'),
      });
      assert.equal(await world.answeredBy(page), 'unified');
      await page.locator('#toggle input[value=microservices]').check();
      await page
        .getByText(`It answers only to pages from ${unified} and ${microservices}`)
        .first()
        .waitFor();
      await world.flip(page, 'unified');
      await page.getByRole('heading', { name: 'Tea', exact: true }).waitFor();
    },
  },
  {
    name: 'links, reload, back and forward; title, focus and scroll follow',
    run: async (world) => {
      const page = await world.open('/');
      const focused = () => page.evaluate(() => document.activeElement.tagName);
      assert.equal(await page.title(), 'Duet: one shop, built twice');
      await page.locator('main').getByRole('link', { name: 'Kitchen' }).click();
      await world.titled(page, 'Kitchen, page 1');
      assert.equal(await focused(), 'H1');
      assert.equal(await page.evaluate(() => scrollY), 0);
      await page.getByRole('link', { name: 'Page 4' }).click();
      await world.titled(page, 'Kitchen, page 4');
      await page.goBack();
      await world.titled(page, 'Kitchen, page 1');
      await world.until('the scroll', () => page.evaluate(() => scrollY > 500));
      await page.goForward();
      await world.titled(page, 'Kitchen, page 4');
      await page.reload();
      await world.settled(page);
      assert.match(await page.title(), /^Kitchen, page 4/);
      await page.locator('.skip').focus();
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
      assert.match(await page.title(), /^Kitchen, page 4/);
    },
  },
  {
    name: 'keyboard alone: to the switch, over it, to a product and back',
    run: async (world) => {
      const page = await world.open('/');
      for (
        let i = 0;
        i < 12 && (await page.evaluate(() => document.activeElement.name !== 'architecture'));
        i++
      ) {
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press('ArrowRight');
      await world.until('the flip', async () => (await world.answeredBy(page)) === 'microservices');
      await page.keyboard.press('ArrowLeft');
      await world.until('the way back', async () => (await world.answeredBy(page)) === 'unified');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await world.until('a category', async () => (await path(page)).startsWith('/c/'));
      await page.locator('#price summary').focus();
      await page.keyboard.press('Enter');
      assert.ok(await page.locator('.price-more').isVisible());
    },
  },
  {
    name: 'what is not there: an address, a product, a category, a page number',
    expected: [NOT_FOUND],
    run: async (world) => {
      for (const address of [
        '/nowhere',
        '/p/p999999',
        '/p/x',
        '/c/none',
        '/c/kitchen?page=99',
        '/c/kitchen?page=x',
      ]) {
        const page = await world.open(address);
        assert.match(await text(page), /There is nothing here/, address);
        await page.getByRole('link', { name: 'To the shop' }).click();
        await world.titled(page, 'Duet: one shop, built twice');
      }
    },
  },
  {
    name: 'a server that stops is said so, a retry and the way back work',
    expected: [NO_ANSWER],
    run: async (world) => {
      const page = await world.open('/c/tea?page=2');
      await page.evaluate(() => scrollTo(0, 600));
      await world.stacks.stop('bff');
      await page.locator('#toggle input[value=microservices]').check();
      await page.getByText('Microservices does not answer').first().waitFor();
      await world.flip(page, 'unified');
      await page.getByRole('heading', { name: 'Tea', exact: true }).waitFor();
      await world.until('the scroll', () => page.evaluate(() => scrollY === 600));
      await page.locator('#toggle input[value=microservices]').check();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      await world.stacks.start('bff');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('heading', { name: 'Tea', exact: true }).waitFor();
      assert.equal(await world.answeredBy(page), 'microservices');
      await world.stacks.stop('bff');
      await page.locator('.paging a[rel=next]').click();
      await page.getByRole('button', { name: 'Ask Unified instead' }).click();
      await page.getByRole('heading', { name: 'Tea', exact: true }).waitFor();
      assert.equal(await world.answeredBy(page), 'unified');
      await world.stacks.start('bff');
    },
  },
  {
    name: 'without pricing a page fails and says who refused; without reviews it does without',
    expected: [/status of 503/],
    run: async (world) => {
      const page = await world.open('/p/p000007');
      await world.stacks.stop('reviews');
      await world.flip(page, 'microservices');
      await page.getByText('Reviews are not available now').waitFor();
      await world.stacks.start('reviews');
      await world.stacks.stop('pricing');
      await world.flip(page, 'unified');
      await world.flip(page, 'microservices');
      await page.getByText('Microservices could not answer').first().waitFor();
      await world.stacks.start('pricing');
      await world.until('pricing', async () => {
        await page.getByRole('button', { name: 'Try again' }).click();
        await world.settled(page);
        return (await page.locator('.product').count()) === 1;
      });
    },
  },
  {
    name: 'a name that is markup shows as text',
    run: async (world) => {
      const page = await world.open('/');
      const name = '<img src=x onerror=document.title="owned"><script>alert(1)</script>';
      await page.route('**/api/products/p000007', async (route) => {
        const answer = await route.fetch();
        const data = await answer.json();
        data.product.name = name;
        data.reviews[0].text = name;
        await route.fulfill({ response: answer, json: data });
      });
      await page.evaluate(() => history.pushState(null, '', '/p/p000007'));
      await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
      await page.getByRole('heading', { name }).waitFor();
      assert.equal(await page.title(), `${name} · Duet`);
      assert.equal(await page.locator('main img, main script').count(), 0);
    },
  },
  {
    name: 'side by side asks fifty pairs, stops by itself, can be stopped, and concludes',
    run: async (world) => {
      const page = await world.open('/compare?page=%2Fp%2Fp000007');
      assert.equal(await page.locator('select').inputValue(), '/p/p000007');
      const before = [
        await world.stacks.answered('unified'),
        await world.stacks.answered('microservices'),
      ];
      await page.getByRole('button', { name: 'Ask both 50 times' }).click();
      await page.getByText('50 of 50 pairs').waitFor({ timeout: 60000 });
      await page.getByRole('button', { name: 'Ask both 50 times' }).waitFor();
      assert.equal(await page.locator('.strip-dot').count(), 100);
      assert.match(
        await page.locator('.verdict').innerText(),
        /cannot be told apart|says nothing about load or capacity/,
      );
      assert.equal(await world.stacks.answered('unified'), before[0] + 51);
      assert.equal(await world.stacks.answered('microservices'), before[1] + 51);
      await page.getByRole('button', { name: 'Ask both 50 times' }).click();
      await page.getByText(/^[1-9]\d? of 50 pairs/).waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByRole('button', { name: 'Ask both 50 times' }).waitFor();
      assert.ok((await page.locator('.strip-dot').count()) < 100);
      await page.getByRole('link', { name: 'Shop', exact: true }).click();
      await page.getByRole('heading', { name: 'Featured' }).waitFor();
    },
  },
  {
    name: 'side by side says who does not answer',
    expected: [NO_ANSWER],
    run: async (world) => {
      const page = await world.open('/compare');
      await world.stacks.stop('bff');
      await page.getByRole('button', { name: 'Ask both 50 times' }).click();
      await page.getByText(/Microservices does not answer/).waitFor();
      await world.stacks.start('bff');
    },
  },
  {
    name: 'the first visit is small, the second is answered by 304 or from the cache',
    run: async (world) => {
      for (const origin of Object.values(world.stacks.origins)) {
        const fresh = await world.browser.newContext();
        world.contexts.push(fresh);
        const visit = await fresh.newPage();
        const client = await fresh.newCDPSession(visit);
        let bytes = 0;
        let statuses = {}; // as sent: a page sees 200 where a 304 was sent
        await client.send('Network.enable');
        client.on('Network.loadingFinished', (event) => {
          bytes += event.encodedDataLength;
        });
        client.on('Network.requestWillBeSent', ({ requestId, request }) => {
          statuses[requestId] = {
            status: 'cached',
            ...statuses[requestId],
            path: new URL(request.url).pathname,
          };
        });
        client.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => {
          statuses[requestId] = { ...statuses[requestId], status: statusCode };
        });
        await visit.goto(`${origin}/`);
        await world.settled(visit);
        const files = () =>
          Object.values(statuses).filter(({ path }) => path && !path.startsWith('/api/'));
        assert.ok(bytes > 20000 && bytes < 80000, `${bytes} bytes`);
        assert.ok(files().length > 6);
        assert.ok(
          files().every(({ status }) => status === 200),
          JSON.stringify(files()),
        );
        console.log(`      first visit: ${bytes} bytes in ${Object.keys(statuses).length} answers`);
        bytes = 0;
        statuses = {};
        await visit.goto(`${origin}/`);
        await world.settled(visit);
        assert.ok(bytes < 15000, `${bytes} bytes the second time`);
        assert.ok(
          files().every(({ status }) => status === 304 || status === 'cached'),
          JSON.stringify(files()),
        );
        assert.ok(files().some(({ status }) => status === 304));
      }
    },
  },
  {
    name: 'from the switch to the painted answer (a figure, not a limit)',
    run: async (world) => {
      const page = await world.open('/p/p000007');
      const took = { unified: [], microservices: [] };
      for (let i = 0; i < 40; i++) {
        const architecture = ARCHITECTURES[(i + 1) % 2];
        await page.evaluate(() => performance.clearMeasures());
        await world.flip(page, architecture);
        await world.until('the paint', () =>
          page.evaluate(() => performance.getEntriesByName('duet-painted').length),
        );
        took[architecture].push(
          await page.evaluate(() => performance.getEntriesByName('duet-painted')[0].duration),
        );
      }
      for (const [architecture, values] of Object.entries(took)) {
        values.sort((a, b) => a - b);
        console.log(
          `      toggle to painted answer, ${architecture}: ` +
            `median ${values[10].toFixed(1)} ms of ${values.length}`,
        );
      }
    },
  },
];
