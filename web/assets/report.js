// Inside a report.html: draws the run that the file carries.

import { drawRun } from './run.js';

const carried = JSON.parse(document.getElementById('report').textContent);
const shown = drawRun(carried, (url) => history.pushState(null, '', url));
document.getElementById('main').replaceChildren(shown.element);
addEventListener('popstate', shown.read);
