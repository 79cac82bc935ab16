// Which page an address is, and what is asked of the API for it.

import { categoryView, homeView, productView } from './pages.js';

function categoryApi(id, query) {
  const page = query.get('page');
  return `/api/categories/${id}${page === null ? '' : `?page=${encodeURIComponent(page)}`}`;
}

const ROUTES = [
  { kind: 'home', path: /^\/$/, api: () => '/api/home', view: homeView },
  {
    kind: 'category',
    path: /^\/c\/([^/]+)$/,
    api: categoryApi,
    view: categoryView,
  },
  {
    kind: 'product',
    path: /^\/p\/([^/]+)$/,
    api: (id) => `/api/products/${id}`,
    view: productView,
  },
  { kind: 'compare', path: /^\/compare$/ },
  { kind: 'results', path: /^\/results$/ },
];

/** {kind, api, view} of a path and its query; api and view only for pages that are asked for. */
export function routeOf(pathname, search) {
  for (const route of ROUTES) {
    const match = route.path.exec(pathname);
    if (match) {
      return { ...route, api: route.api?.(match[1], new URLSearchParams(search)) };
    }
  }
  return null;
}
