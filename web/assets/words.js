// The words in which the report takes the fragmentation tax apart (runner/tax_words.c), for the
// stretches of one answer. What only one architecture has is named by what it is; what both have is
// the page itself.

export const WORDS = [
  'serialization',
  'sockets and HTTP',
  'process switches',
  'connections',
  'coordination',
  'store',
];
const [SERIALIZATION, SOCKETS, SWITCHES, , COORDINATION, STORE] = WORDS;
const PAGE = 'the page itself';
const CALL = `${SOCKETS}, ${SERIALIZATION}, ${SWITCHES}, and the ${STORE} behind them`;

const HOLDS = {
  admission: PAGE,
  write: PAGE,
  merge: COORDINATION,
  store: STORE,
  store_wait: STORE,
};

/** What a stretch of an answer's time holds; every other stretch is a call to a service. */
export function holdsOf(name) {
  return HOLDS[name] ?? CALL;
}
