// How pages are looked at. What must stay true: every journey is made with and without a script, in the light and in the
// dark, on a telephone and on a desk; of these eight the four in which each two meet once.

/** @typedef {'light' | 'dark'} Scheme */

/**
 * @typedef {object} Look
 * @property {boolean} script
 * @property {Scheme} scheme
 * @property {number} width in CSS pixels
 */

export const TELEPHONE = 360;
export const DESK = 1280;
/** @type {Record<number, number>} */
const HEIGHTS = { [TELEPHONE]: 740, [DESK]: 800 };

/** @type {Look[]} */
export const LOOKS = [
  { script: true, scheme: 'light', width: DESK },
  { script: true, scheme: 'dark', width: TELEPHONE },
  { script: false, scheme: 'dark', width: DESK },
  { script: false, scheme: 'light', width: TELEPHONE },
];

/** Every scheme at every width, for what is looked at and not walked through. */
export const SIGHTS = /** @type {const} */ ([
  { scheme: 'light', width: DESK },
  { scheme: 'dark', width: DESK },
  { scheme: 'light', width: TELEPHONE },
  { scheme: 'dark', width: TELEPHONE },
]);

/** @param {number} width */
export const screen = (width) => ({ width, height: HEIGHTS[width] ?? HEIGHTS[TELEPHONE] });

/** @param {Look} look */
export const called = ({ script, scheme, width }) => `${scheme}-${width}${script ? '' : '-no-script'}`;

/**
 * What a browser is told about it.
 * @param {Look} look
 * @returns {import('playwright-core').BrowserContextOptions}
 */
export const contextOf = ({ script, scheme, width }) => ({
  javaScriptEnabled: script,
  colorScheme: scheme,
  viewport: screen(width),
  // Telephones are touched.
  hasTouch: width === TELEPHONE,
});
