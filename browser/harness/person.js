// Somebody at the pages: reads, types, presses, and finds things by what they are called, as people do. What must stay
// true: each page that comes is looked at: it fits, everything on it has a name, and a picture of it is kept.

import assert from 'node:assert/strict';
import { escaped } from './elsewhere.js';
import { DESK, called, contextOf } from './looks.js';
import { shoot } from './screenshots.js';
import { misnamed, sticksOut } from './sight.js';
import { newProfile } from './world.js';

/** @typedef {import('./looks.js').Look} Look */
/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('playwright-core').Response} Response */

/** How long a page may take on a machine that has much to do. */
const PATIENCE_MS = 20_000;

/** @type {Look} */
const USUAL = { script: true, scheme: 'light', width: DESK };

export class Person {
  /**
   * Somebody with a browser that nobody has used before, and one page open.
   * @param {import('./gate.js').Gate} gate
   * @param {string} journey such as `entry/sign-in`; pictures are kept by it
   * @param {Look} [look]
   * @param {import('playwright-core').BrowserContextOptions} [options]
   */
  static async come(gate, journey, look = USUAL, options = {}) {
    const profile = await newProfile(gate, 'person', { ...contextOf(look), ...options });
    profile.context.setDefaultTimeout(PATIENCE_MS);
    return new Person(profile, await profile.context.newPage(), journey, look);
  }

  /**
   * @param {import('./profile.js').Profile} profile
   * @param {Page} page
   * @param {string} journey
   * @param {Look} look
   */
  constructor(profile, page, journey, look) {
    this.profile = profile;
    this.gate = profile.gate;
    this.page = page;
    this.journey = journey;
    this.look = look;
  }

  /** Of the page that is shown. @type {Response | null} */
  answer = null;
  #language = 'en';
  #pictures = 0;

  /** The same person in another tab. */
  async tab() {
    return new Person(this.profile, await this.profile.context.newPage(), this.journey, this.look);
  }

  /** @param {string} language */
  speaks(language) {
    this.#language = language;
    return this;
  }

  /**
   * Types an address.
   * @param {string} path
   */
  async go(path) {
    await this.#after(() => this.page.goto(this.gate.origin + path, { waitUntil: 'load' }));
  }

  async reload() {
    await this.#after(() => this.page.reload({ waitUntil: 'load' }));
  }

  async back() {
    await this.#after(() => this.page.goBack({ waitUntil: 'load' }));
  }

  /**
   * @param {string | RegExp} label
   * @param {string} value
   */
  async fill(label, value) {
    await this.page.getByLabel(label, { exact: typeof label === 'string' }).fill(value);
  }

  /**
   * Presses a button, and waits for the page that comes of it.
   * @param {string | RegExp} name
   * @param {import('playwright-core').Locator} [within]
   */
  async press(name, within) {
    const button = (within ?? this.page).getByRole('button', { name, exact: typeof name === 'string' });
    await this.#after(() => Promise.all([this.page.waitForEvent('load'), button.click()]));
  }

  /**
   * Sends a form as it is, although the browser says that something is missing.
   * @param {import('playwright-core').Locator} [form] the first of the page, if it is not said
   */
  async send(form) {
    const which = form ?? this.page.locator('main form').first();
    await which.evaluate((one) => void (/** @type {HTMLFormElement} */ (one).noValidate = true));
    const button = which.locator('button[type=submit]').first();
    await this.#after(() => Promise.all([this.page.waitForEvent('load'), button.click()]));
  }

  /**
   * Follows a link, and waits for the page that it leads to.
   * @param {string | RegExp} name
   * @param {import('playwright-core').Locator} [within]
   */
  async follow(name, within) {
    const link = (within ?? this.page).getByRole('link', { name, exact: typeof name === 'string' });
    await this.#after(() => Promise.all([this.page.waitForEvent('load'), link.click()]));
  }

  /**
   * Presses a button although the browser says that something is missing.
   * @param {string | RegExp} name
   */
  async sendAnyway(name) {
    await this.page.evaluate(() => {
      for (const form of document.forms) form.noValidate = true;
    });
    await this.press(name);
  }

  /**
   * Follows a link in the line at the top that names who is signed in.
   * @param {string} name
   */
  async way(name) {
    const ways = this.page.locator('details.who');
    await ways.locator('summary').click();
    await this.follow(name, ways);
  }

  /**
   * Opens a link of a mail, which is read at another site.
   * @param {string} link
   */
  async click(link) {
    const { elsewhere } = this.profile;
    await this.page.goto(elsewhere.site + elsewhere.put(`<p><a href="${escaped(link)}">go on here</a></p>`));
    await this.#after(() => Promise.all([this.page.waitForURL(`${this.gate.origin}/**`), this.page.click('a')]));
    await this.profile.assertNothingShows(this.page);
  }

  /** The ways to the other pages of the same part. */
  rooms() {
    return this.page.locator('nav.rooms');
  }

  /**
   * The line of a list that has this in it.
   * @param {string} text
   */
  item(text) {
    return this.page.locator('main li, main tr').filter({ hasText: text });
  }

  /**
   * Does what brings a page, and looks at it.
   * @param {() => Promise<unknown>} act
   */
  async #after(act) {
    /** @type {Response | null} */
    let last = null;
    const heard = (/** @type {Response} */ response) => {
      const request = response.request();
      if (request.isNavigationRequest() && request.frame() === this.page.mainFrame()) last = response;
    };
    this.page.on('response', heard);
    await act();
    this.page.off('response', heard);
    this.answer = last;
    await this.#behold();
  }

  async #behold() {
    const where = this.page.url().slice(this.gate.origin.length);
    assert.deepEqual(await sticksOut(this.page), [], `${where}: what sticks out`);
    assert.deepEqual(await misnamed(this.page, this.#language), [], `${where}: what has no name`);
    assert.deepEqual(this.profile.watch.take(), [], `${where}: what it must not do`);
  }

  /** The path of the page that is shown. */
  path() {
    return new URL(this.page.url()).pathname;
  }

  async heading() {
    return (await this.page.getByRole('heading', { level: 1 }).textContent())?.trim();
  }

  /**
   * @param {string} path
   * @param {string | RegExp} [heading]
   */
  async at(path, heading) {
    assert.equal(this.path(), path);
    if (typeof heading === 'string') assert.equal(await this.heading(), heading);
    else if (heading) assert.match(String(await this.heading()), heading);
  }

  /** Everything that the page says. */
  async says() {
    return (await this.page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
  }

  /**
   * What is wrong stands at this field, belongs to it, and the field has the focus.
   * @param {string | RegExp} label
   * @param {RegExp} says
   */
  async assertWrong(label, says) {
    const field = this.page.getByLabel(label, { exact: typeof label === 'string' });
    assert.equal(await field.getAttribute('aria-invalid'), 'true', `${label} is what is wrong`);
    const text = await field.evaluate((one) =>
      (one.getAttribute('aria-describedby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join(' '),
    );
    assert.match(text, says);
    assert.equal(await field.evaluate((one) => one === document.activeElement), true, `${label} has the focus`);
  }

  /**
   * Keeps a picture.
   * @param {string} what
   */
  async shoot(what) {
    const number = String(++this.#pictures).padStart(2, '0');
    await shoot(this.page, `journeys/${this.journey}/${number}-${what}`, called(this.look));
  }

  /**
   * Signs in at the page where one does, in whatever language it is.
   * @param {import('./api.js').Account} account
   */
  async byPassword({ email, password }) {
    await this.go('/login');
    await this.page.fill('input[name=login]', email);
    await this.page.fill('input[name=password]', password);
    await this.send();
  }

  /** Everything that the browser has of ours. */
  async cookies() {
    const cookies = await this.profile.context.cookies(this.gate.origin);
    return cookies.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async leave() {
    await this.profile.close();
  }
}
