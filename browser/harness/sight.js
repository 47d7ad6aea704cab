// What can be seen of a page without understanding it: whether it fits, whether its text can be read, whether
// everything that can be filled in has a name. Each answer is a list of faults, so that a test says all of them at
// once.

/** @typedef {import('playwright-core').Page} Page */

/** WCAG 2.2, 1.4.3: for text of ordinary size. */
const LEAST_CONTRAST = 4.5;

/**
 * What sticks out to the side at this width.
 * @param {Page} page
 * @param {number} width
 */
export async function overflows(page, width) {
  await page.setViewportSize({ width, height: 844 });
  return sticksOut(page);
}

/**
 * What sticks out to the side of the page as it is.
 * @param {Page} page
 */
export const sticksOut = (page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter((one) => {
      const { left, right } = one.getBoundingClientRect();
      return right > clientWidth || left < 0;
    });
    return [`${scrollWidth} > ${clientWidth}`, ...wide.map((one) => one.outerHTML.slice(0, 80))];
  });

/**
 * What is not named or not as documents should be: language, title, one heading, a label on each field, a name on
 * each button, hints that are there, an error that is announced.
 * @param {Page} page
 * @param {string} language
 */
export const misnamed = (page, language) =>
  page.evaluate((language) => {
    const faults = [];
    if (document.documentElement.lang !== language) faults.push(`lang is ${document.documentElement.lang}`);
    if (!document.title.trim()) faults.push('no title');
    if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
    if (document.querySelectorAll('main').length !== 1) faults.push('not one main');
    if (document.querySelectorAll('[tabindex]:not([tabindex="0"], [tabindex="-1"])').length > 0)
      faults.push('an order of its own for the tab key');
    /** @type {NodeListOf<HTMLInputElement>} */
    const fields = document.querySelectorAll('input:not([type=hidden]), select, textarea');
    for (const field of fields) {
      const says = [...(field.labels ?? [])].map((label) => label.textContent?.trim()).join('');
      if (!says) faults.push(`${field.name} has no label`);
      const isTyped = field instanceof HTMLInputElement && !['radio', 'checkbox'].includes(field.type);
      if (isTyped && !field.autocomplete) faults.push(`${field.name} does not say how it is filled in`);
      for (const id of (field.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean)) {
        if (!document.getElementById(id)?.textContent?.trim()) faults.push(`${field.name} is described by nothing`);
      }
      if (field.getAttribute('aria-invalid') && !document.querySelector('[role=alert]'))
        faults.push('an error that nobody hears');
    }
    for (const button of document.querySelectorAll('button, a')) {
      const name = button.getAttribute('aria-label') ?? button.textContent;
      if (!name?.trim()) faults.push(`a button or a link without a name: ${button.outerHTML.slice(0, 80)}`);
    }
    return faults;
  }, language);

/**
 * Text that is hard to read against what is behind it; and a background that is not as dark or as light
 * as was asked for.
 * @param {Page} page
 * @param {'dark' | 'light'} scheme
 */
export async function illegible(page, scheme) {
  await page.emulateMedia({ colorScheme: scheme });
  return page.evaluate(
    ({ scheme, least }) => {
      /** @param {string} css */
      const parts = (css) => (css.match(/[\d.]+/g) ?? []).map(Number);
      /** @param {string} css */
      const luminance = (css) => {
        const [red, green, blue] = parts(css).map((part) => {
          const share = part / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      /** @param {Element | null} one */
      const behind = (one) => {
        for (; one; one = one.parentElement) {
          const { backgroundColor } = getComputedStyle(one);
          if ((parts(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
        }
        return scheme === 'dark' ? 'rgb(0, 0, 0)' : 'rgb(255, 255, 255)';
      };
      const faults = [];
      for (const place of ['body', 'main']) {
        const light = luminance(behind(document.querySelector(place)));
        if (scheme === 'dark' ? light > 0.05 : light < 0.8) faults.push(`${place} is not ${scheme}: ${light}`);
      }
      for (const one of document.querySelectorAll('body *')) {
        const hasText = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
        if (!hasText && one.tagName !== 'INPUT') continue;
        const [ink, paper] = [luminance(getComputedStyle(one).color), luminance(behind(one))];
        const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        if (contrast < least) faults.push(`${contrast.toFixed(2)}: ${one.outerHTML.slice(0, 80)}`);
      }
      return faults;
    },
    { scheme, least: LEAST_CONTRAST },
  );
}
