// What reads a mail before its reader does, and opens its links: mail gateways, webmail that is in a hurry, sandboxes.
// Each is as close as a test can come to what such a thing does. None is told anything that it could not know.

import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'playwright-core';
import { escaped } from './elsewhere.js';
import { until } from './until.js';
import { elsewhere, newProfile } from './world.js';

/** @typedef {import('./kinds.js').Kind} Kind */
/** @typedef {import('./kinds.js').Situation} Situation */
/** @typedef {import('playwright-core').Page} Page */

/**
 * @typedef {object} Scanner
 * @property {string} name
 * @property {'looks' | 'presses'} does
 * @property {(kind: Kind, situation: Situation) => Promise<string[]>} scan answers the names under which it asked
 * @property {(link: string) => string} [leaves] the link that it leaves in the mail, where it rewrites them
 */

const TIMES = 5;
const METHODS = ['HEAD', 'GET'];
const PAUSE_MS = 50;
/** So many pauses without news. */
const QUIET = 6;

/** Opens the link again and again, without cookies and with a jar, and follows wherever it leads. @type {Scanner} */
const plainClient = {
  name: 'a plain HTTP client',
  does: 'looks',
  async scan(kind, { mail }) {
    const names = [`plain client for ${mail.id}`, `plain client with a jar for ${mail.id}`];
    const jar = await request.newContext({ userAgent: names[1] });
    for (const method of METHODS) {
      for (let time = 0; time < TIMES; time++) {
        const answer = await fetch(mail.link, { method, headers: { 'user-agent': names[0] } });
        await answer.arrayBuffer();
        await (await jar.fetch(mail.link, { method })).body();
      }
    }
    const { cookies } = await jar.storageState();
    if (cookies.length === 0) throw new Error('the jar took nothing');
    await jar.dispose();
    return names;
  },
};

/** @param {object} rules for what is fetched before it is clicked */
export const speculation = (rules) => `<script type="speculationrules">${JSON.stringify(rules)}</script>`;

/**
 * Webmail that has Chromium load what its reader might click, by every way in which a page can ask for that.
 * (`rel=prerender` does nothing any more; it stands here for the day when it does.)
 * @type {Scanner}
 */
const hastyWebmail = {
  name: 'webmail that prefetches and prerenders',
  does: 'looks',
  async scan(kind, { mail, home }) {
    const [link, urls] = [escaped(mail.link), [mail.link]];
    const where = { href_matches: `${kind.gate.origin}/*` };
    /** @type {[html: string, purpose: string | null][]} what each page brings about for certain */
    const pages = [
      [
        `<link rel="prefetch" href="${link}">${speculation({ prefetch: [{ urls, eagerness: 'immediate' }] })}`,
        'prefetch',
      ],
      [
        `<link rel="prerender" href="${link}">${speculation({ prerender: [{ urls, eagerness: 'immediate' }] })}`,
        'prefetch;prerender',
      ],
      [
        `<link rel="preconnect" href="${kind.gate.origin}"><a href="${link}">go on here</a>` +
          speculation({ prefetch: [{ where, eagerness: 'moderate' }] }),
        null,
      ],
    ];
    // To another site Chromium sends such requests without cookies and only if there are none; from another
    // port of the same host with all that the browser has which asked for the mail.
    const fresh = await newProfile(kind.gate, 'prefetching');
    const ways = /** @type {const} */ ([
      [fresh, elsewhere.site],
      [home, elsewhere.beside],
    ]);
    for (const [browser, from] of ways) {
      const asked = () => kind.gate.wire.by(browser.userAgent);
      for (const [html, purpose] of pages) {
        const page = await browser.context.newPage();
        await page.goto(from + elsewhere.put(html));
        const isThere = () => asked().some((one) => one.headers['sec-purpose'] === purpose);
        await (purpose ? until(isThere, `a ${purpose} of ${mail.link}`) : page.hover('a'));
        await settled(() => asked().length);
        await page.close();
      }
    }
    await fresh.close();
    return [fresh.userAgent];
  },
};

/**
 * Waits until a count has not grown for a moment.
 * @param {() => number} count
 */
async function settled(count) {
  for (let [quiet, last] = [0, count()]; quiet < QUIET; quiet++) {
    await sleep(PAUSE_MS);
    if (count() > last) [last, quiet] = [count(), -1];
  }
}

/**
 * A gateway that puts its own address before every link, looks at the target itself, and leads on by `page`.
 * @param {string} name
 * @param {(link: string) => string} altered what becomes of the link on the way
 * @param {(target: string) => string | import('./elsewhere.js').Page} page
 * @returns {Scanner}
 */
const rewriter = (name, altered, page) => ({
  name,
  does: 'looks',
  async scan(kind, { mail }) {
    const names = [`rewriter for ${mail.id}`];
    for (const method of METHODS) await fetch(altered(mail.link), { method, headers: { 'user-agent': names[0] } });
    return names;
  },
  leaves: (link) => `${elsewhere.site}${elsewhere.put(page(altered(link)))}?url=${encodeURIComponent(link)}`,
});

/** A token may be written in capitals. */
const shouted = (/** @type {string} */ link) => link.replace(/gwm_\w+/, (token) => token.toUpperCase());

const redirect = rewriter(
  'a rewriter that redirects and adds parameters',
  (link) => `${link}&utm_source=news&utm_medium=email&fbclid=IwAR0`,
  (target) => ({ status: 302, headers: { location: target } }),
);
const refresh = rewriter(
  'a rewriter that leads on by a page and puts parameters first',
  (link) => link.replace('?', '?mc_cid=1&utm_campaign=a%20b&'),
  (target) => `<meta http-equiv="refresh" content="0;url=${escaped(target)}"><p>You are leaving.</p>`,
);
const script = rewriter(
  'a rewriter that leads on by a script and writes the token in capitals',
  shouted,
  (target) => `<script>location = ${JSON.stringify(target)}</script>`,
);

/**
 * Moves the mouse over everything on the page.
 * @param {Page} page
 */
async function touch(page) {
  await page.waitForLoadState('networkidle');
  await page.evaluate('scrollTo(0, document.body.scrollHeight)');
  /** @type {{ x: number, y: number }[]} */
  const places = await page.evaluate(() =>
    [...document.querySelectorAll('body *')].map((one) => {
      const { x, y, width, height } = one.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    }),
  );
  for (const { x, y } of places) await page.mouse.move(x, y);
}

/** Opens the link as a person would, looks at everything and follows every link; submits nothing. @type {Scanner} */
const sandbox = {
  name: 'a sandbox that runs scripts',
  does: 'looks',
  async scan(kind, { mail }) {
    const browser = await newProfile(kind.gate, 'sandbox');
    const page = await browser.context.newPage();
    await page.goto(mail.link);
    await touch(page);
    await page.screenshot({ fullPage: true });
    for (const link of await page.locator('a').all()) {
      const href = await link.evaluate((/** @type {any} */ a) => a.href);
      const next = await browser.context.newPage();
      await next.goto(href);
      await touch(next);
    }
    await browser.close();
    return [browser.userAgent];
  },
};

/** Also presses every button, and once more without minding what a field asks for. @type {Scanner} */
const presser = {
  name: 'a sandbox that presses every button',
  does: 'presses',
  async scan(kind, { mail }) {
    const browser = await newProfile(kind.gate, 'presser');
    for (const isObedient of [true, false]) {
      const page = await browser.context.newPage();
      await page.goto(mail.link);
      await touch(page);
      for (let index = 0; index < (await page.locator('button').count()); index++) {
        if (!isObedient) await page.evaluate('for (const form of document.forms) form.noValidate = true');
        await page.locator('button').nth(index).click();
        await touch(page);
      }
    }
    const isGiven = (await browser.sessionCookies()).length > 0;
    await browser.close();
    if (isGiven) throw new Error('whoever presses buttons is signed in');
    if (!kind.gate.wire.by(browser.userAgent).some((one) => one.method === 'POST'))
      throw new Error('nothing was pressed');
    return [browser.userAgent];
  },
};

export const scanners = [plainClient, hastyWebmail, redirect, refresh, script, sandbox, presser];
