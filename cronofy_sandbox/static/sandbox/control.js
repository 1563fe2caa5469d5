// Calls of the sandbox's control API: every button of the calendar page does what a test could do by URL.

const KEPT_MESSAGE = 'sandbox.message';
const SENTENCES = {
  'errors.calendar_readonly': 'This calendar is read-only.',
  'errors.deleted': 'This event is no longer there.',
  'errors.not_found': 'This is no longer there.',
  'errors.invalid_time_pair': 'The end must come after the start.',
  'errors.required': 'Something is missing.',
  'errors.invalid_format': 'This is not a valid date or time.',
};

/** Thrown when the control API refuses; the message can be shown to people. */
export class Refused extends Error {}

/** Make one call; resolve to the answer's JSON (null when empty), or throw Refused. */
export async function call(method, path, body = {}) {
  const options = { method, headers: { 'Content-Type': 'application/json' } };
  if (method !== 'GET') options.body = JSON.stringify(body);
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused('The sandbox does not answer. Is it still running?');
  }
  const text = await answer.text();
  if (!answer.ok) throw new Refused(sentence(answer.status, text));
  return text ? JSON.parse(text) : null;
}

function sentence(status, text) {
  try {
    const [[field, [first]]] = Object.entries(JSON.parse(text).errors);
    return SENTENCES[first.key] ?? `${field}: ${first.description}`;
  } catch {
    return `The sandbox answered ${status}.`;
  }
}

/** Show `message` in the page's status line. */
export function announce(message) {
  const toast = document.getElementById('toast');
  toast.textContent = message;
  toast.classList.add('visible');
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => toast.classList.remove('visible'), 6000);
}

function reloadSaying(message) {
  sessionStorage.setItem(KEPT_MESSAGE, message);
  window.location.reload();
}

/** Show what was said before the page was loaded again. */
export function announceKept() {
  const message = sessionStorage.getItem(KEPT_MESSAGE);
  sessionStorage.removeItem(KEPT_MESSAGE);
  if (message) announce(message);
}

/** Let every button with `data-calls` make its calls; `afterwards` runs when they are done, unless the page is loaded again. */
export function wireButtons(afterwards) {
  document.addEventListener('click', async (click) => {
    const button = click.target.closest('button[data-calls]');
    if (!button) return;
    button.disabled = true;
    try {
      for (const { method, path, body } of JSON.parse(button.dataset.calls)) await call(method, path, body);
      if ('reload' in button.dataset) return reloadSaying(button.dataset.done);
      announce(button.dataset.done);
    } catch (error) {
      announce(error.message);
    }
    button.disabled = false;
    afterwards();
  });
}
