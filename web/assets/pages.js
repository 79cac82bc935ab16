// What each page looks like. A view is {title, content}: a document title and one element.

import { count, day, h, money } from './dom.js';
import { NAMES } from './api.js';

const STARS = '★★★★★';

function heading(text) {
  return h('h1', { tabindex: '-1' }, text);
}

function picture(emoji, kind) {
  return h('span', { class: `picture ${kind}`, 'aria-hidden': 'true' }, emoji);
}

function stars(average) {
  const meter = h(
    'span',
    { class: 'stars', role: 'img', 'aria-label': `${average} of 5 stars` },
    h('span', { class: 'stars-lit', 'aria-hidden': 'true' }, STARS),
    h('span', { class: 'stars-dim', 'aria-hidden': 'true' }, STARS),
  );
  meter.firstChild.style.width = `${average * 20}%`;
  return meter;
}

function rating(value) {
  if (value === null) return h('p', { class: 'rating muted' }, 'Ratings are not available now');
  if (value.average === null) return h('p', { class: 'rating muted' }, 'No reviews yet');
  return h(
    'p',
    { class: 'rating' },
    stars(value.average),
    ' ',
    h('span', { class: 'muted' }, `${value.average.toFixed(1)} (${value.count})`),
  );
}

function price(value) {
  const now = h('strong', {}, money(value.cents, value.currency));
  if (!value.discount_percent) return h('p', { class: 'cost' }, now);
  return h(
    'p',
    { class: 'cost' },
    now,
    ' ',
    h(
      's',
      {},
      h('span', { class: 'unseen' }, 'instead of '),
      money(value.list_cents, value.currency),
    ),
    ' ',
    h('span', { class: 'discount' }, `−${value.discount_percent} %`),
  );
}

function stockWord(inStock) {
  return h('p', { class: inStock ? 'stock' : 'stock out' }, inStock ? 'In stock' : 'Sold out');
}

function card(product) {
  return h(
    'li',
    { class: 'card' },
    picture(product.emoji, 'picture-card'),
    h('h3', {}, h('a', { href: `/p/${product.id}` }, product.name)),
    rating(product.rating),
    h('div', { class: 'card-foot' }, price(product.price), stockWord(product.in_stock)),
  );
}

function tile(category) {
  const { cents, currency } = category.lowest_price;
  return h(
    'li',
    { class: 'tile' },
    picture(category.emoji, 'picture-tile'),
    h(
      'div',
      {},
      h('h3', {}, h('a', { href: `/c/${category.id}` }, category.name)),
      h(
        'p',
        { class: 'muted' },
        `${count(category.product_count, 'product', 'products')} from ${money(cents, currency)}`,
      ),
    ),
  );
}

export function homeView(data) {
  return {
    title: 'Duet: one shop, built twice',
    content: h(
      'div',
      { class: 'page' },
      h(
        'section',
        { class: 'hero' },
        h('div', {}, heading(data.hero.title), h('p', {}, data.hero.text)),
        picture(data.hero.emoji, 'picture-hero'),
      ),
      h(
        'section',
        {},
        h('h2', {}, 'Categories'),
        h('ul', { class: 'tiles' }, data.categories.map(tile)),
      ),
      h(
        'section',
        {},
        h('h2', {}, 'Featured'),
        data.featured.length
          ? h('ul', { class: 'cards' }, data.featured.map(card))
          : h('p', { class: 'notice' }, 'Nothing is featured today. The categories have it all.'),
      ),
    ),
  };
}

function crumbs(...links) {
  return h(
    'nav',
    { class: 'crumbs', 'aria-label': 'Breadcrumb' },
    h(
      'ol',
      {},
      links.map(([text, href]) => h('li', {}, href ? h('a', { href }, text) : text)),
    ),
  );
}

function pageHref(id, page) {
  return page === 1 ? `/c/${id}` : `/c/${id}?page=${page}`;
}

function paging({ category, page, page_count: pages }) {
  if (pages === 1) return null;
  const numbers = Array.from({ length: pages }, (_, i) => i + 1).filter(
    (n) => n === 1 || n === pages || Math.abs(n - page) < 3,
  );
  const link = (n, text, rel) => h('li', {}, h('a', { href: pageHref(category.id, n), rel }, text));
  return h(
    'nav',
    { class: 'paging', 'aria-label': 'Pages' },
    h(
      'ul',
      {},
      page > 1 ? link(page - 1, '← Previous', 'prev') : null,
      numbers.map((n) =>
        h(
          'li',
          {},
          h(
            'a',
            {
              href: pageHref(category.id, n),
              'aria-label': `Page ${n}`,
              'aria-current': n === page ? 'page' : null,
            },
            n,
          ),
        ),
      ),
      page < pages ? link(page + 1, 'Next →', 'next') : null,
    ),
  );
}

export function categoryView(data) {
  const { category, page, page_count: pages, products } = data;
  return {
    title: `${category.name}, page ${page} of ${pages} · Duet`,
    content: h(
      'div',
      { class: 'page' },
      crumbs(['Shop', '/'], [category.name]),
      h(
        'div',
        { class: 'title-row' },
        picture(category.emoji, 'picture-tile'),
        h(
          'div',
          {},
          heading(category.name),
          h(
            'p',
            { class: 'muted' },
            `${count(category.product_count, 'product', 'products')}, page ${page} of ${pages}`,
          ),
        ),
      ),
      h('h2', { class: 'unseen' }, 'Products'),
      h('ul', { class: 'cards' }, products.map(card)),
      paging(data),
    ),
  };
}

const WAREHOUSES = { north: 'North', central: 'Central', south: 'South' };

function stock({ total, warehouses }) {
  return h(
    'table',
    { class: 'small' },
    h('caption', {}, total ? `${count(total, 'piece', 'pieces')} in stock` : 'Sold out'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'Warehouse'),
        h('th', { scope: 'col', class: 'number' }, 'Pieces'),
      ),
    ),
    h(
      'tbody',
      {},
      warehouses.map((w) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, WAREHOUSES[w.id] ?? w.id),
          h('td', { class: 'number' }, w.quantity),
        ),
      ),
    ),
  );
}

function histogram(value) {
  const most = Math.max(...value.stars, 1);
  return h(
    'table',
    { class: 'small histogram' },
    h('caption', { class: 'unseen' }, 'Reviews by stars'),
    h(
      'thead',
      { class: 'unseen' },
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'Stars'),
        h('td', {}),
        h('th', { scope: 'col' }, 'Reviews'),
      ),
    ),
    h(
      'tbody',
      {},
      [5, 4, 3, 2, 1].map((n) => {
        const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
        bar.style.width = `${(100 * value.stars[n - 1]) / most}%`;
        return h(
          'tr',
          {},
          h('th', { scope: 'row' }, count(n, 'star', 'stars')),
          h('td', { class: 'bar-cell' }, bar),
          h('td', { class: 'number' }, value.stars[n - 1]),
        );
      }),
    ),
  );
}

function review(item) {
  return h(
    'li',
    { class: 'review' },
    h('h3', {}, item.title),
    h(
      'p',
      { class: 'rating' },
      stars(item.stars),
      ' ',
      h(
        'span',
        { class: 'muted' },
        `${item.author}, `,
        h('time', { datetime: item.date }, day(item.date)),
      ),
    ),
    h('p', {}, item.text),
  );
}

function reviews({ rating: summary, reviews: list }) {
  if (list === null || summary === null) {
    return h(
      'p',
      { class: 'notice' },
      'Reviews are not available now. Everything else on this page is.',
    );
  }
  if (!summary.count) return h('p', { class: 'notice' }, 'Nobody has reviewed this product yet.');
  return [
    h(
      'div',
      { class: 'summary' },
      h(
        'p',
        { class: 'average' },
        h('strong', {}, summary.average.toFixed(1)),
        stars(summary.average),
        h('span', { class: 'muted' }, count(summary.count, 'review', 'reviews')),
      ),
      histogram(summary),
    ),
    h('ul', { class: 'reviews' }, list.map(review)),
  ];
}

export function productView(data) {
  const { product } = data;
  return {
    title: `${product.name} · Duet`,
    content: h(
      'article',
      { class: 'page' },
      crumbs(['Shop', '/'], [product.category.name, `/c/${product.category.id}`], [product.name]),
      h(
        'div',
        { class: 'product' },
        picture(product.emoji, 'picture-product'),
        h(
          'div',
          { class: 'product-text' },
          h('p', { class: 'muted brand' }, product.brand),
          heading(product.name),
          rating(data.rating),
          price(data.price),
          h('p', { class: 'description' }, product.description),
          stock(data.stock),
        ),
      ),
      h('section', {}, h('h2', {}, 'Newest reviews'), reviews(data)),
    ),
  };
}

export function missingView(detail) {
  return {
    title: 'Not found · Duet',
    content: h(
      'div',
      { class: 'page state' },
      picture('🧭', 'picture-hero'),
      heading('There is nothing here'),
      h('p', { class: 'muted' }, detail ?? 'No page has this address.'),
      h('p', {}, h('a', { class: 'button', href: '/' }, 'To the shop')),
    ),
  };
}

export function failedView(error, { retry, other, flip }) {
  return {
    title: 'No answer · Duet',
    content: h(
      'div',
      { class: 'page state' },
      picture('🔌', 'picture-hero'),
      heading(error.message),
      h('p', { class: 'muted' }, error.detail ?? ''),
      h(
        'p',
        { class: 'actions' },
        h('button', { type: 'button', class: 'button', onclick: retry }, 'Try again'),
        other
          ? h(
              'button',
              { type: 'button', class: 'button quiet', onclick: flip },
              `Ask ${NAMES[other]} instead`,
            )
          : null,
      ),
    ),
  };
}

/** Grey shapes of the page's own size while its first answer is on its way. */
export function loadingView(kind) {
  const cells = kind === 'product' ? 1 : 8;
  return {
    title: 'Loading · Duet',
    content: h(
      'div',
      { class: `page loading loading-${kind}`, 'aria-hidden': 'true' },
      h('div', { class: 'ghost ghost-hero' }),
      h(
        'div',
        { class: 'cards' },
        Array.from({ length: cells }, () => h('div', { class: 'ghost' })),
      ),
    ),
  };
}
