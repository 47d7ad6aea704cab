// At home: one's profile, the address and the password, the devices, what happened, taking everything along, leaving for
// good.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { newEmail } from '../../harness/api.js';
import { journeys } from '../../harness/journey.js';
import { gates } from '../../harness/world.js';

const { optional } = gates;
const OTHER_PASSWORD = 'a lantern for otters';

journeys('account', {
  'a name and a language': async (person) => {
    await person.profile.signIn(await optional.api.signUp());
    await person.go('/account');
    await person.shoot('profile');
    await person.fill('Name', 'Mary Ann Müller-Lüdenscheidt');
    await person.press('Save');
    assert.match(await person.says(), /Your profile is saved/);
    await person.page.getByLabel('Language').selectOption('de');
    await person.speaks('de').press('Save');
    await person.shoot('german');
    await person.page.getByLabel('Sprache').selectOption('fr');
    await person.speaks('fr').press('Speichern');
    await person.shoot('french');
  },

  'another address': async (person) => {
    const account = await optional.api.signUp();
    await person.profile.signIn(account);
    await person.go('/account/security');
    await person.fill('New e-mail address', account.email);
    await person.press('Write to the new address');
    await person.assertWrong('New e-mail address', /already has/);
    await person.shoot('the-same-address');
    const to = newEmail();
    await person.fill('New e-mail address', to);
    await person.press('Write to the new address');
    assert.match(await person.says(), /The mail is on its way/);
    await person.shoot('asked');
    const { link } = await optional.mailbox.mail(to, 'confirm_email');
    await person.click(link);
    await person.press(/^Confirm|^Use/, person.page.locator('main form').first());
    await person.shoot('confirmed');
    await person.go('/account');
    assert.match(await person.says(), new RegExp(to));
  },

  'another password': async (person, another) => {
    const account = await optional.api.signUp();
    await person.profile.signIn(account);
    const other = await another();
    await other.profile.signIn(account);
    await person.go('/account/security');
    await person.fill('Current password', 'not this one');
    await person.fill('New password', OTHER_PASSWORD);
    await person.press('Change the password');
    await person.assertWrong('Current password', /not the current password/);
    await person.shoot('wrong-password');
    await person.fill('Current password', account.password);
    await person.fill('New password', OTHER_PASSWORD);
    await person.press('Change the password');
    assert.match(await person.says(), /Your password is changed/);
    await person.shoot('changed');
    await other.go('/account');
    await other.at('/login');
    await person.go('/account');
    await person.at('/account');
    assert.equal(await optional.api.login(account.email, OTHER_PASSWORD), 200);
  },

  'a device is signed out from another': async (person, another) => {
    const account = await optional.api.signUp();
    const other = await another();
    await other.profile.signIn(account);
    await other.go('/account');
    await person.profile.signIn(account);
    await person.go('/account/sessions');
    await person.at('/account/sessions', 'Where you are signed in');
    assert.match(await person.says(), /This device/);
    await person.shoot('devices');
    const [before] = [await person.page.getByRole('button', { name: /^Sign out/ }).count()];
    await person.press(/^Sign out/, person.page.locator('main li').filter({ hasNotText: 'This device' }).first());
    assert.match(await person.says(), /The device is signed out/);
    assert.ok((await person.page.getByRole('button', { name: /^Sign out/ }).count()) < before);
    await person.press('Sign out all my other devices');
    await other.follow('Devices');
    await other.at('/login');
    await person.go('/account');
    await person.at('/account');
  },

  'what happened': async (person) => {
    const account = await optional.api.signUp();
    assert.equal(await optional.api.login(account.email, 'not this one'), 401);
    await person.profile.signIn(account);
    await person.go('/account/activity');
    const says = await person.says();
    for (const act of ['Signed in', 'Somebody tried to sign in with a wrong password', 'The account was made']) {
      assert.ok(says.includes(act), act);
    }
    assert.ok(says.indexOf('Signed in') < says.indexOf('The account was made'), 'the newest first');
    await person.shoot('activity');
  },

  'everything is taken along': async (person) => {
    const account = await optional.api.signUp();
    await person.profile.signIn(account);
    await person.go('/account/data');
    await person.shoot('data');
    const [download] = await Promise.all([
      person.page.waitForEvent('download'),
      person.page.getByRole('button', { name: 'Download the file' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /\.json$/);
    const text = readFileSync(await download.path(), 'utf8');
    assert.ok(text.includes(account.email));
    assert.ok(!/argon2|gwr_|password_hash/.test(text));
    await person.go('/account');
    await person.at('/account');
  },

  'leaving for good': async (person) => {
    const account = await optional.api.signUp();
    await person.profile.signIn(account);
    await person.go('/account/data');
    await person.follow('Go on to delete the account');
    await person.at('/account/delete', 'Delete the account');
    await person.fill(`Type ${account.email} to show that you mean it`, newEmail());
    await person.press('Delete the account for ever');
    await person.assertWrong(`Type ${account.email} to show that you mean it`, /not the e-mail address/);
    await person.shoot('wrong-address');
    await person.fill(`Type ${account.email} to show that you mean it`, account.email);
    await person.press('Delete the account for ever');
    assert.equal(await person.heading(), 'The account is deleted');
    await person.shoot('deleted');
    assert.deepEqual(await person.profile.sessionCookies(), []);
    assert.equal(await optional.api.login(account.email, account.password), 401);
    await person.go('/account');
    await person.at('/login');
  },
});
