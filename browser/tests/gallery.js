// Every page in every state that matters, as it looks: nothing sticks out, everything can be read, axe-core finds nothing,
// in the light and in the dark, on a telephone and on a desk; and a picture of each is kept for whoever reviews them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ADMIN, PASSWORD, newEmail } from '../harness/api.js';
import { findings } from '../harness/axe.js';
import { kinds } from '../harness/kinds.js';
import { DESK, SIGHTS, TELEPHONE, called, screen } from '../harness/looks.js';
import { Person } from '../harness/person.js';
import { shoot } from '../harness/screenshots.js';
import { illegible, misnamed, overflows, sticksOut } from '../harness/sight.js';
import { Watch } from '../harness/watch.js';
import { gates } from '../harness/world.js';

/** @typedef {import('../harness/api.js').Account} Account */

const TIMEOUT_MS = 240_000;
const { optional, required, limited } = gates;
/** The narrowest width that WCAG 2.2, 1.4.10 asks for: a desk of 1280 pixels at four times the size. */
const NARROWEST = 320;
const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorff the Extraordinarily Long-Named';

/**
 * Pages of somebody, by what their pictures are called. A page is an address, or what is done to see it.
 * @typedef {Record<string, string | ((person: Person) => Promise<void>)>} Pages
 */

/**
 * Looks at the page that is shown from every side.
 * @param {Person} person
 * @param {string} name
 * @param {string} language
 */
async function behold(person, name, language) {
  const { page } = person;
  const isGerman = language === 'de';
  const faults = [];
  await Watch.turns(page);
  // What is said in another language stands elsewhere; how it is named and coloured is the same.
  for (const { scheme, width } of isGerman ? [SIGHTS[0], SIGHTS[3]] : SIGHTS) {
    const how = called({ script: true, scheme, width });
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize(screen(width));
    const wrong = [...(await sticksOut(page)), ...(await illegible(page, scheme))];
    // Both schemes and both widths, and not each with each: contrast is looked at above as well, and this takes longest.
    if (!isGerman && (scheme === 'light') === (width === DESK)) wrong.push(...(await findings(page)));
    faults.push(...wrong.map((fault) => `${name}, ${how}: ${fault}`));
    await shoot(page, `pages/${name}`, how);
  }
  for (const fault of await misnamed(page, language)) faults.push(`${name}: ${fault}`);
  for (const fault of await overflows(page, NARROWEST)) faults.push(`${name}, ${NARROWEST} pixels: ${fault}`);
  if (!isGerman) {
    // Who reads from right to left: the same page, the other way round.
    await page.setViewportSize(screen(TELEPHONE));
    await page.evaluate("document.documentElement.dir = 'rtl'");
    for (const fault of await sticksOut(page)) faults.push(`${name}, from right to left: ${fault}`);
    await page.evaluate("document.documentElement.dir = 'ltr'");
  }
  faults.push(...person.profile.watch.take().map((fault) => `${name}: ${fault}`));
  await page.setViewportSize(screen(DESK));
  await page.emulateMedia({ colorScheme: 'light' });
  return faults;
}

/**
 * @param {string} about
 * @param {() => Promise<Person>} come
 * @param {Pages} pages
 * @param {string} [language]
 */
function gallery(about, come, pages, language = 'en') {
  it(`${about}, ${language}`, { timeout: TIMEOUT_MS }, async () => {
    const person = (await come()).speaks(language);
    const faults = [];
    for (const [name, way] of Object.entries(pages)) {
      const called = language === 'en' ? name : `${name}-${language}`;
      try {
        await (typeof way === 'string' ? person.go(way) : way(person));
        faults.push(...(await behold(person, called, language)));
      } catch (error) {
        faults.push(`${called}: ${error}`);
      }
    }
    assert.deepEqual(faults, []);
    await person.leave();
  });
}

/**
 * @param {string} [locale]
 * @param {import('../harness/gate.js').Gate} [gate]
 */
const nobody = (locale = 'en', gate = optional) => Person.come(gate, 'gallery', undefined, { locale });

/**
 * @param {string} locale
 * @param {Account} account
 */
async function signedIn(locale, account) {
  const person = await nobody(locale);
  await person.profile.signIn(account, account === ADMIN ? undefined : owner);
  return person;
}

/** The owner's name. @param {Account} account */
async function firstOf({ token }) {
  const { user } = await optional.api.must('GET', '/auth/me', undefined, token);
  return user.username;
}

/** An account with many users, of whom one has a very long name. */
async function crowd() {
  const account = await optional.api.signUp();
  await optional.api.must('PATCH', '/auth/me', { profile: { display_name: 'Ada' } }, account.token);
  await optional.api.addUser(account, 'Ben', '2468');
  await optional.api.addUser(account, LONG_NAME);
  for (const name of ['Cleo', 'דנה', 'Élodie', 'Σωκράτης', '小明', 'Zoë']) await optional.api.addUser(account, name);
  return account;
}

/**
 * Types and presses, in whatever language: by the names of fields.
 * @param {string} path
 * @param {Record<string, string>} fields
 */
const filled = (path, fields) => async (/** @type {Person} */ person) => {
  await person.go(path);
  for (const [name, value] of Object.entries(fields)) await person.page.locator(`main [name="${name}"]`).first().fill(value);
  await person.send();
};

const family = await crowd();
// Asked for at once: the token of a sign-up is a short one.
const owner = await firstOf(family);
const alone = await optional.api.signUp();

describe('wcag every page and state', { concurrency: 3 }, () => {
  for (const language of ['en', 'de']) {
    gallery('in and out', () => nobody(language), {
      'entry/login': '/login',
      'entry/login-nothing-typed': filled('/login', {}),
      'entry/login-wrong-password': filled('/login', { login: newEmail(), password: 'not this one' }),
      'entry/login-sent-here': '/login?next=/account/sessions',
      'entry/signup': '/signup',
      'entry/signup-not-an-address': filled('/signup', { email: 'ada', password: PASSWORD }),
      'entry/signup-password-too-short': filled('/signup', { email: newEmail(), password: 'short' }),
      'entry/signup-password-too-common': filled('/signup', { email: newEmail(), password: 'password1' }),
      'entry/signup-address-taken': filled('/signup', { email: alone.email, password: PASSWORD }),
      'entry/forgot-password': '/forgot-password',
      'entry/forgot-password-sent': filled('/forgot-password', { email: alone.email }),
      'entry/choose-account-empty': '/choose-account',
      'entry/reset-password-code': '/reset-password',
      'entry/magic-link-code': '/magic-link',
      'entry/verify-email-code': '/verify-email',
      'entry/link-that-is-dead': '/reset-password?token=gwm_damaged',
      'family/select-over': '/select',
      'errors/no-such-page': '/account/nothing',
    }, language);

    gallery('who is there', () => nobody(language), {
      'family/select': (person) => person.byPassword(family),
      'family/select-pin': async (person) => {
        await person.page.getByRole('button', { name: /Ben/ }).click();
        await person.page.locator('input[name=pin]').waitFor();
      },
      'family/select-pin-wrong': async (person) => {
        await person.page.fill('input[name=pin]', '1357');
        await person.send();
      },
    }, language);

    gallery('where links of mails lead', () => nobody(language), Object.fromEntries(kinds.filter((kind) => kind.gate === optional).map(({ path, ask }) => [
      `mail${path}`,
      async (person) => {
        const { pathname, search } = new URL((await ask()).mail.link);
        await person.go(pathname + search);
      },
    ])), language);

    gallery('at home', () => signedIn(language, family), {
      'account/profile': '/account',
      'account/users-many': '/account/users',
      'account/users-add': '/account/users/add',
      'account/users-add-bad-name': filled('/account/users/add', { username: 'not a name@' }),
      'account/users-invite': '/account/users/invite',
      'account/user-long-name': async (person) => {
        await person.go('/account/users');
        await person.follow(new RegExp(LONG_NAME), person.page.locator('main'));
      },
      'account/user-pin': async (person) => person.go(`${person.path()}/pin`),
      'account/user-pin-bad': (person) => filled(person.path(), { pin: '12' })(person),
      'account/user-remove': async (person) => person.go(person.path().replace(/pin$/, 'remove')),
      'account/security': '/account/security',
      'account/security-wrong-password': async (person) => {
        await person.go('/account/security');
        const form = person.page.locator('main form').filter({ has: person.page.locator('[autocomplete=new-password]') });
        await form.locator('[autocomplete=current-password]').fill('not this one');
        await form.locator('[autocomplete=new-password]').fill('a lantern for otters');
        await person.send(form);
      },
      'account/sessions': '/account/sessions',
      'account/activity': '/account/activity',
      'account/data': '/account/data',
      'account/delete': '/account/delete',
      'account/confirm-identity': '/confirm-identity?next=/account/security',
      'family/switch': '/switch',
      'entry/choose-account': '/choose-account',
      'entry/logout': '/logout',
    }, language);

    gallery('those who run it', () => signedIn(language, ADMIN), {
      'admin/overview': '/admin',
      'admin/accounts': '/admin/accounts',
      'admin/accounts-none': '/admin/accounts?search=nobody-has-this',
      'admin/account-add': '/admin/accounts/add',
      'admin/account-add-bad-address': filled('/admin/accounts/add', { email: 'ada' }),
      'admin/account': async (person) => {
        await person.go(`/admin/accounts?search=${encodeURIComponent(family.email)}`);
        await person.follow(family.email, person.page.locator('main'));
      },
      'admin/account-delete': async (person) => person.go(`${person.path()}/delete`),
      'admin/users': '/admin/users',
      'admin/user': async (person) => {
        const username = owner;
        await person.go(`/admin/users?search=${username}`);
        await person.page.locator('main a[href*="admin/users/"], main a[href*="users/"]').first().click();
        await person.page.waitForURL(/admin\/users\/[^/]+$/);
        await person.reload();
      },
      'admin/user-impersonate': async (person) => person.go(`${person.path()}/impersonate`),
      'admin/user-remove': async (person) => person.go(person.path().replace('impersonate', 'remove')),
    }, language);

    gallery('those who run it: how it runs', () => signedIn(language, ADMIN), {
      'admin/overview-numbers': async (person) => {
        await person.go('/admin');
        await person.page.locator('details.fold').evaluateAll((all) => all.forEach((one) => one.setAttribute('open', '')));
      },
      'admin/roles': '/admin/roles',
      'admin/role': '/admin/roles/editor',
      'admin/role-built-in': '/admin/roles/admin',
      'admin/role-add': '/admin/add-role',
      'admin/role-remove': '/admin/roles/editor/remove',
      'admin/activity': '/admin/activity',
      'admin/activity-filter-bad': '/admin/activity?account_id=nobody',
      'admin/activity-filter-bad-day': '/admin/activity?since=yesterday',
      'admin/keys': '/admin/keys',
      'admin/keys-rotate': '/admin/keys/rotate',
      'admin/service-keys': '/admin/service-keys',
      'admin/service-key-add': '/admin/service-keys/add',
      'admin/service-key-add-no-name': filled('/admin/service-keys/add', {}),
      'admin/mails': '/admin/mails',
      'admin/rules': '/admin/rules',
      'admin/rule-add': '/admin/rules/add',
      'admin/rule-add-no-address': filled('/admin/rules/add', { name: 'audit', url: 'not an address' }),
      'admin/deliveries': '/admin/deliveries',
      'admin/settings': '/admin/settings',
      'admin/no-such-account': '/admin/accounts/0198c0de-0000-7000-8000-000000000000',
    }, language);

    gallery('too many attempts', () => nobody(language, limited), {
      'errors/login-too-many': async (person) => {
        const email = newEmail();
        for (let time = 0; time < 30 && person.answer?.status() !== 429; time++) {
          await filled('/login', { login: email, password: 'not this one' })(person);
        }
        assert.equal(person.answer?.status(), 429);
      },
    }, language);

    gallery('an address is proved first', () => nobody(language, required), {
      'entry/signup-look-at-your-mail': filled('/signup', { email: newEmail(), password: PASSWORD }),
    }, language);
  }
});

describe('what people set in their system', { concurrency: 3 }, () => {
  /** @type {[string, (locale: string) => Promise<Person>][]} */
  const places = [
    ['/login', nobody],
    ['/account', (locale) => signedIn(locale, family)],
    ['/account/sessions', (locale) => signedIn(locale, family)],
    ['/admin', (locale) => signedIn(locale, ADMIN)],
  ];
  for (const [path, come] of places) {
    const name = path.slice(1).replaceAll('/', '-');

    it(`${path} in colours of their own`, { timeout: TIMEOUT_MS }, async () => {
      const person = await come('en');
      for (const scheme of /** @type {const} */ (['light', 'dark'])) {
        await person.page.emulateMedia({ forcedColors: 'active', colorScheme: scheme });
        await person.go(path);
        await shoot(person.page, `system/${name}-forced-colours`, called({ script: true, scheme, width: DESK }));
        // What is a button is seen to be one: by a border, as backgrounds are the system's.
        const bare = await person.page.locator('main button[type=submit]:visible').evaluateAll((all) =>
          all.filter((one) => getComputedStyle(one).borderTopWidth === '0px').map((one) => one.outerHTML.slice(0, 80)),
        );
        assert.deepEqual(bare, []);
      }
      await person.leave();
    });

    it(`${path} with less motion: nothing moves`, { timeout: TIMEOUT_MS }, async () => {
      const person = await come('en');
      await person.page.emulateMedia({ reducedMotion: 'reduce' });
      await person.go(path);
      const moving = await person.page.evaluate(() =>
        [...document.querySelectorAll('*')].filter((one) => {
          const { animationName, animationDuration, transitionDuration } = getComputedStyle(one);
          const longest = (/** @type {string} */ all) => Math.max(...all.split(',').map(parseFloat));
          return (animationName !== 'none' && longest(animationDuration) > 0.01) || longest(transitionDuration) > 0.01;
        }).map((one) => one.outerHTML.slice(0, 80)),
      );
      assert.deepEqual(moving, []);
      await person.leave();
    });

    it(`${path} from right to left`, { timeout: TIMEOUT_MS }, async () => {
      const person = await come('en');
      await person.go(path);
      await Watch.turns(person.page);
      for (const width of [DESK, TELEPHONE]) {
        await person.page.setViewportSize(screen(width));
        await person.page.evaluate("document.documentElement.dir = 'rtl'");
        assert.deepEqual(await sticksOut(person.page), []);
        await shoot(person.page, `system/${name}-right-to-left`, called({ script: true, scheme: 'light', width }));
      }
      await person.leave();
    });

    it(`${path} with text twice as large`, { timeout: TIMEOUT_MS }, async () => {
      const person = await come('en');
      await person.go(path);
      await Watch.turns(person.page);
      // WCAG 2.2, 1.4.4: as by the browser's zoom, which makes pixels of CSS larger.
      await person.page.setViewportSize({ width: DESK / 2, height: 400 });
      assert.deepEqual(await sticksOut(person.page), []);
      // And as by the size of letters alone.
      await person.page.setViewportSize(screen(DESK));
      await person.page.evaluate("document.documentElement.style.setProperty('font-size', '200%')");
      assert.deepEqual(await sticksOut(person.page), []);
      await shoot(person.page, `system/${name}-letters-twice-as-large`, called({ script: true, scheme: 'light', width: DESK }));
      await person.leave();
    });
  }
});
