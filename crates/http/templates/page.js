// What the pages do better with a script. What must stay true: each of them works without it; it makes no element from text
// (Trusted Types), asks nothing of the network, keeps nothing, and moves nothing that is in sight when it starts.
'use strict';
{
  const each = (what, act) => document.querySelectorAll(what).forEach(act);

  // A password can be looked at while it is typed. The room for the button is always there.
  each('.peek', (button) => {
    const input = button.parentElement.querySelector('input');
    const says = button.firstElementChild;
    const words = [says.textContent, button.dataset.hide];
    const show = (isShown) => {
      input.type = isShown ? 'text' : 'password';
      says.textContent = words[isShown ? 1 : 0];
    };
    button.addEventListener('click', () => {
      show(input.type === 'password');
      input.focus();
    });
    // What is sent is a password again, so that no browser offers it later as something that was typed.
    input.form?.addEventListener('submit', () => show(false));
    button.hidden = false;
  });

  // Caps Lock is told of where it would be noticed too late.
  each('.caps', (hint) => {
    const tell = (event) => {
      const isOn = event.type !== 'blur' && event.getModifierState?.('CapsLock');
      const says = isOn ? hint.dataset.says : '';
      if (hint.textContent !== says) hint.textContent = says;
    };
    const input = hint.parentElement.querySelector('input');
    for (const type of ['keydown', 'keyup', 'click', 'blur']) input.addEventListener(type, tell);
  });

  // A form is sent once. The button stays as it is for who cannot see it, and is free again when the page comes back from the
  // browser's memory, or if nothing came of it: a file that was kept leaves the page where it is.
  const PATIENCE = 10000;
  const free = (form) => {
    delete form.dataset.busy;
    form.querySelectorAll('button[aria-disabled]').forEach((button) => button.removeAttribute('aria-disabled'));
  };
  each('form', (form) => {
    form.addEventListener('submit', (event) => {
      if ('busy' in form.dataset) {
        event.preventDefault();
        return;
      }
      form.dataset.busy = '';
      const button = event.submitter ?? form.querySelector('button[type="submit"]');
      button?.setAttribute('aria-disabled', 'true');
      setTimeout(free, PATIENCE, form);
    });
  });
  addEventListener('pageshow', (event) => {
    if (event.persisted) each('form[data-busy]', free);
  });

  // What is shown this once can be copied. Where there is no clipboard (no TLS) it is marked, ready to be copied by hand.
  each('.copy', (button) => {
    const box = button.closest('.once');
    const value = box.querySelector('code');
    const told = box.querySelector('[role="status"]');
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(value.textContent);
        told.textContent = button.dataset.done;
      } catch {
        getSelection().selectAllChildren(value);
      }
    });
    button.hidden = false;
  });

  // Moments are told in the time of whoever reads, and what the server said stays as their title.
  const page = document.documentElement.lang;
  const own = navigator.languages?.find((tag) => tag.split('-')[0] === page) ?? page;
  const clock = new Intl.DateTimeFormat(own, { dateStyle: 'long', timeStyle: 'short' });
  each('time[datetime]', (time) => {
    const moment = new Date(time.dateTime);
    if (!Number.isFinite(moment.getTime()) || moment.getTimezoneOffset() === 0) return;
    time.title = time.textContent.trim();
    time.textContent = clock.format(moment);
  });

  // What was opened above the page closes by Escape, and by whatever is done elsewhere.
  each('details.who', (menu) => {
    document.addEventListener('click', (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !menu.open) return;
      menu.open = false;
      menu.querySelector('summary').focus();
    });
  });

  // Where the page is there for one thing and there is a keyboard, typing can begin at once. On a phone this would cover half of it.
  if (document.body.classList.contains('door') && matchMedia('(hover: hover) and (pointer: fine)').matches) {
    const none = document.activeElement === null || document.activeElement === document.body;
    const first = document.querySelector('form.column input:not([type="hidden"], [readonly])');
    if (none && first?.matches(':not([type="radio"], [type="checkbox"])') && first.value === '') first.focus();
  }

  // On a phone the navigation is a line that scrolls; the page that one is on is in sight.
  // It stays so when the phone is turned.
  const rooms = document.querySelector('.rooms');
  const here = rooms?.querySelector('[aria-current]');
  const reveal = () => {
    if (rooms.scrollWidth <= rooms.clientWidth) return;
    const middle = here.getBoundingClientRect().left + here.offsetWidth / 2;
    rooms.scrollLeft += middle - rooms.getBoundingClientRect().left - rooms.clientWidth / 2;
  };
  if (here) {
    reveal();
    addEventListener('resize', reveal);
  }
}
