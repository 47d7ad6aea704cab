// Pictures of the pages for whoever reviews them, and a page that shows all. What must stay true: the folder holds what
// this run has seen and nothing older.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escaped } from './elsewhere.js';

/** The stage names it, so that it can tell where it is. */
export const FOLDER =
  process.env.GATEWRIGHT_SCREENSHOTS ?? fileURLToPath(new URL('../../target/screenshots', import.meta.url));

/** By the folder and name of what they show. @type {Map<string, string[]>} */
const taken = new Map();
let isEmptied = false;

/**
 * @param {import('playwright-core').Page} page
 * @param {string} what such as `entry/login-wrong-password`
 * @param {string} how such as `dark-360`
 */
export async function shoot(page, what, how) {
  if (!isEmptied) rmSync(FOLDER, { recursive: true, force: true });
  isEmptied = true;
  const name = `${what}--${how}.png`;
  taken.set(what, [...(taken.get(what) ?? []), name]);
  const path = join(FOLDER, name);
  mkdirSync(join(path, '..'), { recursive: true });
  // What stays in sight while one scrolls belongs to the top of a picture of everything.
  await page.evaluate('scrollTo(0, 0)');
  // What moves is shown where it ends, and a caret would blink.
  writeFileSync(path, await page.screenshot({ fullPage: true, animations: 'disabled', caret: 'hide' }));
}

/** Width and height, as they stand in the first bytes of a PNG. @param {string} name */
function sizeOf(name) {
  const bytes = readFileSync(join(FOLDER, name));
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** @param {string} name */
function picture(name) {
  const { width, height } = sizeOf(name);
  const [how] = name.split('--').slice(-1);
  const size = `width="${width}" height="${height}"`;
  return `<figure><a href="${escaped(name)}"><img loading="lazy" src="${escaped(name)}" alt="${escaped(name)}" ${size}></a>
<figcaption>${escaped(how.replace('.png', ''))}</figcaption></figure>`;
}

const STYLE = `body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; background: #e7e7ea; color: #111 }
nav { columns: 18rem; margin-bottom: 3rem } nav a { display: block }
section > div { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start }
figure { margin: 0 } img { height: auto; box-shadow: 0 1px 6px #0006; display: block }
img[width="1280"] { width: 640px } img[width="360"], img[width="320"] { width: 270px } figcaption { color: #444 }`;

/** The page that shows all of them; nothing if there are none. */
export function writeIndex() {
  if (taken.size === 0) return;
  const names = [...taken.keys()].sort();
  const links = names.map((name) => `<a href="#${escaped(name)}">${escaped(name)}</a>`);
  const sections = names.map(
    (name) =>
      `<section id="${escaped(name)}"><h2>${escaped(name)}</h2><div>${(taken.get(name) ?? []).sort().map(picture).join('\n')}</div></section>`,
  );
  const html = `<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pages of Gatewright</title>
<style>${STYLE}</style><h1>Pages of Gatewright</h1><nav>${links.join('\n')}</nav>
${sections.join('\n')}
</html>
`;
  writeFileSync(join(FOLDER, 'index.html'), html);
}
