// What a browser's pages do that pages of ours must not do: load something from elsewhere, break their policy, fail,
// move under the reader's eyes. What must stay true: everything is watched from before the first page on, in every test.

/** @typedef {import('playwright-core').Request} Request */

/** The sum of what moved without anybody's doing, as browsers count it. Good is below 0.1; ours move hardly at all. */
const MOST_SHIFT = 0.02;
const SAYS = 'gatewright-watch ';

/** Runs in each page before anything of its own; browsers do not hold their tools to a page's policy. */
function lookout(/** @type {string} */ says) {
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
    console.debug(says + JSON.stringify({ violation: `${effectiveDirective} ${blockedURI} ${sample}` })),
  );
  let total = 0;
  new PerformanceObserver((seen) => {
    for (const shift of /** @type {any[]} */ (seen.getEntries())) {
      if (shift.hadRecentInput || /** @type {any} */ (globalThis).isTurnedByTests) continue;
      total += shift.value;
      const moved = shift.sources.map((/** @type {any} */ { node }) => node?.outerHTML?.slice(0, 60) ?? '?');
      console.debug(says + JSON.stringify({ shift: total, moved }));
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

export class Watch {
  /** @type {string[]} */
  #faults = [];

  /**
   * @param {import('playwright-core').BrowserContext} context
   * @param {string} origin of the pages that are ours
   */
  static async over(context, origin) {
    const watch = new Watch(origin);
    await context.addInitScript(lookout, SAYS);
    context.on('request', (request) => watch.#asked(request));
    context.on('requestfailed', (request) => watch.#failed(request));
    context.on('response', (response) => watch.#answered(response));
    context.on('console', (said) => watch.#said(said));
    context.on('weberror', (failed) => watch.#note(failed.page()?.url(), String(failed.error())));
    return watch;
  }

  /** @param {string} origin */
  constructor(origin) {
    this.origin = origin;
  }

  /**
   * From now on this page is turned and stretched from outside, and what moves does so because of that.
   * @param {import('playwright-core').Page} page
   */
  static async turns(page) {
    await page.evaluate(async () => {
      // What has moved by itself is told first.
      await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
      /** @type {any} */ (globalThis).isTurnedByTests = true;
    });
  }

  /** What was wrong, and forgets it. */
  take() {
    return this.#faults.splice(0);
  }

  /** @param {string} [url] */
  #isOurs(url) {
    return url === this.origin || url?.startsWith(`${this.origin}/`) || false;
  }

  /**
   * @param {string | undefined} url of the page
   * @param {string} fault
   */
  #note(url, fault) {
    if (this.#isOurs(url)) this.#faults.push(`${url?.slice(this.origin.length)}: ${fault}`);
  }

  /**
   * The page that asks for a part of itself; nothing for a page, and for what a browser does on its own.
   * @param {Request} request
   */
  #askedBy(request) {
    if (request.serviceWorker() || request.isNavigationRequest()) return undefined;
    return request.frame().url();
  }

  /** @param {Request} request */
  #asked(request) {
    if (!this.#isOurs(request.url())) this.#note(this.#askedBy(request), `asks for ${request.url()}`);
  }

  /** @param {Request} request */
  #failed(request) {
    const why = request.failure()?.errorText ?? '';
    // Whoever goes on before everything was there cuts off what was coming.
    if (why !== 'net::ERR_ABORTED') this.#note(this.#askedBy(request), `${request.url()} failed: ${why}`);
  }

  /** @param {import('playwright-core').Response} response */
  #answered(response) {
    if (response.status() < 400) return;
    this.#note(this.#askedBy(response.request()), `${response.url()} is ${response.status()}`);
  }

  /** @param {import('playwright-core').ConsoleMessage} said */
  #said(said) {
    const [url, text] = [said.page()?.url(), said.text()];
    if (text.startsWith(SAYS)) {
      const { violation, shift, moved } = JSON.parse(text.slice(SAYS.length));
      if (violation) this.#note(url, `broke its policy: ${violation}`);
      if (shift > MOST_SHIFT) this.#note(url, `moved by ${shift}: ${moved}`);
    } else if (said.type() === 'error' || said.type() === 'warning') {
      // A page that is an error is one to the console, too; parts of pages are looked at above.
      if (!text.startsWith('Failed to load resource: the server responded')) this.#note(url, text);
    }
  }
}
