// Wall times as text ("2026-11-24T09:30:00"): the page computes with what a clock in the account's zone shows, and
// leaves zones to the server, whose zone data decides.

const pad = (number) => String(number).padStart(2, '0');

function parse(wall) {
  const [day, clock = '00:00'] = wall.replace('Z', '').split('T');
  const [year, month, date] = day.split('-').map(Number);
  const [hours, minutes] = clock.split(':').map(Number);
  return new Date(Date.UTC(year, month - 1, date, hours, minutes));
}

function write(moment) {
  const day = `${moment.getUTCFullYear()}-${pad(moment.getUTCMonth() + 1)}-${pad(moment.getUTCDate())}`;
  return `${day}T${pad(moment.getUTCHours())}:${pad(moment.getUTCMinutes())}:00`;
}

/** Return the day of a wall time. */
export const dayOf = (wall) => wall.slice(0, 10);

/** Return a day some days later. */
export const addDays = (day, days) => dayOf(write(new Date(parse(dayOf(day)).getTime() + days * 86_400_000)));

/** Return a wall time some minutes later. */
export const addMinutes = (wall, minutes) => write(new Date(parse(wall).getTime() + minutes * 60_000));

/** Return what a clock in `zone` shows, if the sandbox's clock is `offset` seconds ahead of the browser's. */
export function wallNow(zone, offset) {
  const moment = new Date(Date.now() + offset * 1000);
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return shown.format(moment).replace(' ', 'T');
}

/** Return the coming full hour as a wall time. */
export function nextHour(zone, offset) {
  return addMinutes(`${wallNow(zone, offset).slice(0, 13)}:00:00`, 60);
}
