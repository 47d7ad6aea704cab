// Somebody's browser: a profile of its own in the one Chromium. Its pages are watched, so that every test fails if one
// of ours loaded something from elsewhere, broke its policy, moved, or let a token be seen (SECURITY EM6).

import assert from 'node:assert/strict';
import { escaped } from './elsewhere.js';
import { Watch } from './watch.js';

/** What every mail token begins with. */
const TOKEN = 'gwm_';
const SESSION_COOKIE = /^(?:__Host-)?gw_(?:rt|at)_/;

let counted = 0;

export class Profile {
  /**
   * @param {import('playwright-core').Browser} chromium
   * @param {import('./gate.js').Gate} gate
   * @param {import('./elsewhere.js').Elsewhere} elsewhere
   * @param {string} whose
   * @param {import('playwright-core').BrowserContextOptions} [options]
   */
  static async open(chromium, gate, elsewhere, whose, options) {
    // By this name the wire knows what it asked.
    const userAgent = `Mozilla/5.0 (${whose} ${++counted})`;
    // Nobody has signed the certificate of a server of tests.
    const ignoreHTTPSErrors = gate.origin.startsWith('https:');
    const context = await chromium.newContext({ userAgent, locale: 'en', ignoreHTTPSErrors, ...options });
    return new Profile(context, gate, elsewhere, userAgent, await Watch.over(context, gate.origin));
  }

  /**
   * @param {import('playwright-core').BrowserContext} context
   * @param {import('./gate.js').Gate} gate
   * @param {import('./elsewhere.js').Elsewhere} elsewhere
   * @param {string} userAgent
   * @param {Watch} watch
   */
  constructor(context, gate, elsewhere, userAgent, watch) {
    this.context = context;
    this.gate = gate;
    this.elsewhere = elsewhere;
    this.userAgent = userAgent;
    this.watch = watch;
  }

  /**
   * Calls the API as a page of the app would that runs in this browser, and answers the status.
   * @param {string} path
   * @param {object} data
   */
  async post(path, data) {
    const headers = { origin: this.gate.origin };
    return (await this.context.request.post(`${this.gate.origin}${path}`, { data, headers })).status();
  }

  /**
   * Signs in as the pages do, for tests that are about something else.
   * @param {import('./api.js').Account} account
   * @param {string} [user] of several
   */
  async signIn({ email, password }, user) {
    const status = await this.post('/auth/login', { login: email, password, user, transport: 'cookie' });
    assert.equal(status, 200, `signing in as ${email}`);
  }

  /**
   * Follows a link in a mail, as one does who reads mail in a browser.
   * @param {string} link
   */
  async follow(link) {
    const page = await this.context.newPage();
    const mail = this.elsewhere.put(`<p>Hello,</p><p><a href="${escaped(link)}">go on here</a></p>`);
    await page.goto(this.elsewhere.site + mail);
    await page.click('a');
    // Whoever rewrites links leads on by more than one step.
    await page.waitForURL(`${this.gate.origin}/**`, { waitUntil: 'load' });
    await this.assertNothingShows(page);
    return page;
  }

  /**
   * Presses the page's button and waits for what comes of it.
   * @param {import('playwright-core').Page} page
   */
  async press(page) {
    await Promise.all([page.waitForEvent('load'), page.click('button[type=submit]')]);
    await this.assertNothingShows(page);
  }

  /** The names of the cookies that carry a session. */
  async sessionCookies() {
    const cookies = await this.context.cookies();
    return cookies.map((cookie) => cookie.name).filter((name) => SESSION_COOKIE.test(name));
  }

  /**
   * EM6: now that the page has loaded, no token is in its address, its text or the tab's history.
   * @param {import('playwright-core').Page} page
   */
  async assertNothingShows(page) {
    const address = await page.evaluate('document.URL + "\\n" + document.referrer');
    assert.ok(!address.includes(TOKEN), `a token in ${address}`);
    assert.ok(!(await page.content()).includes(TOKEN), 'a token in the page');
    const tools = await this.context.newCDPSession(page);
    const { entries } = await tools.send('Page.getNavigationHistory');
    await tools.detach();
    const ours = entries.map((entry) => entry.url).filter((url) => url.startsWith(this.gate.origin));
    assert.ok(!ours.some((url) => url.includes(TOKEN)), `a token in the history: ${ours}`);
  }

  /** What must be true of everything that this browser has done, and the end of it. */
  async close() {
    await this.context.close();
    assert.deepEqual(this.watch.take(), [], 'a page of ours did what it must not');
    const referers = this.gate.wire.by(this.userAgent).map((one) => one.headers.referer ?? '');
    assert.ok(!referers.some((referer) => referer.includes(TOKEN)), 'a token in a Referer');
    const told = this.elsewhere.visits.filter((headers) => headers['user-agent'] === this.userAgent);
    assert.ok(!told.some(({ referer }) => referer?.includes(TOKEN)), 'a token in a Referer to somebody else');
  }
}
