// axe-core on a page: what machines can find of WCAG 2.2 AA. It is handed to the page by the browser's tools, which no
// policy of the page concerns, so that the page is looked at under the policy that it has.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

/**
 * What is wrong, in words.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export async function findings(page) {
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(SOURCE);
  return page.evaluate(async (tags) => {
    const options = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], preload: false };
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document, options);
    return violations.flatMap((/** @type {any} */ { id, nodes }) =>
      nodes.map((/** @type {any} */ { html, any, all, none }) => {
        const says = [...any, ...all, ...none].map((/** @type {any} */ { message }) => message);
        return `${id}: ${html.slice(0, 120)}: ${says.join('; ')}`;
      }),
    );
  }, TAGS);
}
