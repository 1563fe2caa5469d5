// Every method of the official Node client, called at a sandbox: those whose endpoints exist must do what Cronofy
// documents, the others must be answered with 404. Usage: node session.mjs http://127.0.0.1:8090
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import Cronofy from "cronofy";

const SANDBOX = process.argv[2];
const APPLICATION = { client_id: "sandbox-client", client_secret: "sandbox-secret-1" };
const REDIRECT = "https://sync.example.test/callback";
const SCOPE = "read_events create_event delete_event create_calendar change_participation_status";
const TIMES = { start: "2026-12-02T09:00:00Z", end: "2026-12-02T09:45:00Z" };
const WINDOW = { tzid: "Etc/UTC", from: "2026-11-01", to: "2027-02-01" };

// What the sandbox leaves out, with what each call needs to find its address.
const OUT_OF_SCOPE = {
  addToCalendar: {},
  authorizeWithServiceAccount: {},
  availability: {},
  cancelSmartInvite: {},
  conferencingServiceAuthorizations: {},
  createBookableEvent: {},
  createSmartInvite: {},
  delegatedAuthorizations: {},
  deleteAvailabilityRule: { availability_rule_id: "r1" },
  deleteAvailablePeriods: {},
  deleteRegistrationBookableEvent: { bookable_event_id: "b1", registration_id: "r1" },
  getSmartInvite: { smart_invite_id: "s1", recipient_email: "a@example.test" },
  listAccessibleCalendars: {},
  listAvailabilityRules: {},
  listAvailablePeriods: {},
  readAvailabilityRule: { availability_rule_id: "r1" },
  readBookableEvents: { bookable_event_id: "b1" },
  realTimeScheduling: {},
  realTimeSequencing: {},
  requestElementToken: {},
  sequencedAvailability: {},
  upsertAvailabilityRule: {},
  upsertAvailablePeriod: {},
  upsertRegistrationBookableEvent: { bookable_event_id: "b1" },
};

const called = new Set();
let failures = 0;

/** Make a client that calls the sandbox, and nothing else about it is changed. */
function newClient() {
  const client = new Cronofy({ ...APPLICATION });
  client.urls.api = SANDBOX;
  return client;
}

/** Run one check and print its line; a failed one is counted, and the session goes on. */
async function check(method, what, action) {
  called.add(method);
  try {
    await action();
    console.log(`ok      ${method}: ${what}`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${method}: ${what}\n        ${String(error.stack ?? error).replaceAll("\n", "\n        ")}`);
  }
}

/** Call the sandbox's control API: what the user does, who is never the client. */
async function control(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${SANDBOX}/_sandbox/${path}`, { method, headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.status === 204 ? undefined : answer.json();
}

/** Let the user sign in and agree; return the code. */
async function newCode() {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: APPLICATION.client_id,
    redirect_uri: REDIRECT,
    scope: SCOPE,
  });
  const visit = { url: `${SANDBOX}/oauth/authorize?${query}`, service: "google", email: "alice@google.test" };
  const { location } = await control("POST", "authorize", visit);
  return new URL(location).searchParams.get("code");
}

/** The call must fail with this status. */
async function refused(status, promise) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.statusCode, status);
    return true;
  });
}

/** Receive one notification. */
async function receiver() {
  const server = http.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const notification = new Promise((resolve) => {
    server.on("request", (request, response) => {
      const chunks = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () => {
        response.writeHead(204).end();
        resolve({ body: Buffer.concat(chunks).toString(), hmac: request.headers["cronofy-hmac-sha256"] });
      });
    });
  });
  return { url: `http://127.0.0.1:${server.address().port}/hook`, notification, close: () => server.close() };
}

async function authorize(client) {
  await check("requestAccessToken", "turns a code into tokens", async () => {
    const token = await client.requestAccessToken({ code: await newCode(), redirect_uri: REDIRECT });
    assert.equal(token.token_type, "bearer");
    assert.equal(token.sub, token.account_id);
    assert.equal(token.linking_profile.provider_service, "gsuite");
  });
  await check("requestAccessToken", "is refused with an unknown code", () =>
    refused(400, newClient()._httpPost("/oauth/token", { ...APPLICATION, grant_type: "authorization_code", code: "x" })),
  );
  await check("refreshAccessToken", "brings the next pair", async () => {
    const token = await client.refreshAccessToken();
    assert.ok(token.access_token && token.refresh_token);
  });
}

async function identity(client) {
  await check("accountInformation", "names the account", async () => {
    assert.equal((await client.accountInformation()).account.email, "alice@google.test");
  });
  await check("userInfo", "shows the profiles and their calendars", async () => {
    const data = (await client.userInfo())["cronofy.data"];
    assert.equal(data.authorization.status, "active");
    assert.equal(data.profiles[0].profile_calendars.length, 3);
  });
  await check("profileInformation", "lists the profiles", async () => {
    const { profiles } = await client.profileInformation();
    assert.deepEqual(profiles.map((profile) => profile.profile_connected), [true]);
  });
  await check("profileInformation", "takes a callback too", async () => {
    const answer = await new Promise((resolve, reject) => {
      client.profileInformation({}, (error, result) => (error ? reject(error) : resolve(result)));
    });
    assert.equal(answer.profiles.length, 1);
  });
}

async function calendars(client) {
  await check("listCalendars", "lists primary, secondary and read-only ones", async () => {
    const list = (await client.listCalendars()).calendars;
    assert.deepEqual(list.map((one) => one.calendar_readonly), [false, false, true]);
    assert.deepEqual(list.map((one) => one.calendar_primary), [true, false, false]);
  });
  const { profile_id } = (await client.profileInformation()).profiles[0];
  await check("createCalendar", "makes a calendar", async () => {
    const { calendar } = await client.createCalendar({ profile_id, name: "Practice", color: "#1E88E5" });
    assert.match(calendar.calendar_id, /^cal_/);
    assert.equal(calendar.calendar_name, "Practice");
  });
  await check("createCalendar", "is refused when the name is taken", () =>
    refused(422, client.createCalendar({ profile_id, name: "Practice" })),
  );
}

async function ownEvents(client, calendar_id) {
  const read = async (more = {}) => (await client.readEvents({ ...WINDOW, only_managed: true, ...more })).events;
  const event = { calendar_id, event_id: "a-1", summary: "Consultation", description: "Room 2", ...TIMES };
  await check("createEvent", "creates, then updates, under one id", async () => {
    await client.createEvent(event);
    await client.createEvent({ ...event, summary: "Moved" });
    const [found, ...others] = await read();
    assert.deepEqual([found.event_id, found.summary, found.start], ["a-1", "Moved", TIMES.start]);
    assert.deepEqual(others, []);
  });
  await check("createEvent", "is refused without a summary", () =>
    refused(422, client.createEvent({ ...event, summary: undefined })),
  );
  await check("deleteEvent", "deletes, once or twice", async () => {
    await client.deleteEvent({ calendar_id, event_id: "a-1" });
    await client.deleteEvent({ calendar_id, event_id: "a-1" });
    assert.deepEqual(await read(), []);
    const [tombstone] = await read({ include_deleted: true });
    assert.deepEqual([tombstone.event_id, tombstone.deleted], ["a-1", true]);
  });
  await check("batch", "answers each entry in its place", async () => {
    const relative_url = `/v1/calendars/${calendar_id}/events`;
    const data = ["b-1", "b-2"].map((event_id) => ({ event_id, summary: event_id, ...TIMES }));
    const entries = data.map((one) => ({ method: "POST", relative_url, data: one }));
    const faulty = { method: "POST", relative_url, data: { ...data[0], event_id: undefined } };
    const gone = { method: "DELETE", relative_url, data: { event_id: "b-2" } };
    const answer = await client.batch({ batch: [...entries, faulty, gone] });
    assert.deepEqual(answer.batch.map((entry) => entry.status), [202, 202, 422, 202]);
    assert.deepEqual((await read()).map((one) => one.event_id), ["b-1"]);
  });
  await check("bulkDeleteEvents", "empties the calendars that are named", async () => {
    await client.bulkDeleteEvents({ calendar_ids: [calendar_id] });
    assert.deepEqual(await read(), []);
  });
  await check("bulkDeleteEvents", "is refused when it names nothing", () => refused(422, client.bulkDeleteEvents({})));
}

async function pages(client, calendar_id) {
  await control("POST", `calendars/${calendar_id}/seed`, { kind: "plain", count: 120 });
  for (const [method, name] of [
    ["readEvents", "events"],
    ["freeBusy", "free_busy"],
  ]) {
    await check(method, "can be followed through all pages", async () => {
      let answer = await client[method]({ ...WINDOW, to: "2027-06-01", "calendar_ids": [calendar_id] });
      const rows = [...answer[name]];
      while (answer.pages.next_page) {
        answer = await client[method]({ next_page: answer.pages.next_page });
        rows.push(...answer[name]);
      }
      assert.equal(answer.pages.current, answer.pages.total);
      assert.ok(answer.pages.total > 1 && rows.length > 50, `${rows.length} rows`);
    });
  }
  await check("readEvents", "is refused with a window that is too wide", () =>
    refused(422, client.readEvents({ ...WINDOW, from: "2020-01-01" })),
  );
}

async function othersEvents(client, calendar_id) {
  const added = { summary: "Dentist", start: "2026-12-01T10:00" };
  const { event_uid } = await control("POST", `calendars/${calendar_id}/events`, added);
  const change = { calendar_id, event_uid, summary: "Dentist, moved", ...TIMES };
  await check("updateExternalEvent", "is refused without elevated permission", () =>
    refused(403, client.updateExternalEvent(change)),
  );
  await check("elevatedPermissions", "gives the address where the user can allow more", async () => {
    const permissions = [{ calendar_id, permission_level: "unrestricted" }];
    const answer = await client.elevatedPermissions({ permissions, redirect_uri: REDIRECT });
    assert.ok(answer.permissions_request.url.startsWith(SANDBOX));
  });
  await control("POST", `calendars/${calendar_id}`, { permission_level: "unrestricted" });
  const read = async () => (await client.readEvents(WINDOW)).events.filter((event) => event.event_uid === event_uid);
  await check("updateExternalEvent", "changes the user's event", async () => {
    await client.updateExternalEvent(change);
    assert.deepEqual((await read()).map((event) => event.summary), ["Dentist, moved"]);
  });
  await check("deleteExternalEvent", "deletes the user's event", async () => {
    await client.deleteExternalEvent({ calendar_id, event_uid });
    assert.deepEqual(await read(), []);
  });
}

async function channels(client) {
  const hook = await receiver();
  let channel;
  await check("createNotificationChannel", "opens one, and the same one when asked again", async () => {
    ({ channel } = await client.createNotificationChannel({ callback_url: hook.url }));
    const again = await client.createNotificationChannel({ callback_url: hook.url });
    assert.equal(again.channel.channel_id, channel.channel_id);
  });
  await check("hmacValid", "accepts the signature of the verification, and no other", async () => {
    const { body, hmac } = await hook.notification;
    assert.equal(JSON.parse(body).notification.type, "verification");
    assert.ok(client.hmacValid({ hmac, body }));
    assert.ok(!client.hmacValid({ hmac, body: `${body} ` }));
  });
  await check("listNotificationChannels", "shows it", async () => {
    const listed = (await client.listNotificationChannels()).channels;
    assert.deepEqual(listed.map((one) => one.channel_id), [channel.channel_id]);
  });
  await check("deleteNotificationChannel", "closes it; a second time it is unknown", async () => {
    await client.deleteNotificationChannel({ channel_id: channel.channel_id });
    assert.deepEqual((await client.listNotificationChannels()).channels, []);
    await refused(404, client.deleteNotificationChannel({ channel_id: channel.channel_id }));
  });
  hook.close();
}

async function theEnd(client) {
  await check("applicationCalendar", "makes one, and returns the same one when asked again", async () => {
    const rooms = [newClient(), newClient()];
    const [first, again] = [
      await rooms[0].applicationCalendar({ application_calendar_id: "room-1" }),
      await rooms[1].applicationCalendar({ application_calendar_id: "room-1" }),
    ];
    assert.match(first.sub, /^apc_/);
    assert.equal(again.sub, first.sub);
    assert.equal((await rooms[0].listCalendars()).calendars.length, 1);
  });
  await check("revokeProfileAuthorization", "disconnects the profile", async () => {
    const { profile_id } = (await client.profileInformation()).profiles[0];
    await client.revokeProfileAuthorization({ profile_id });
    const [profile] = (await client.profileInformation()).profiles;
    assert.equal(profile.profile_connected, false);
    assert.ok(profile.profile_relink_url);
  });
  await check("revokeAuthorization", "ends both tokens", async () => {
    const { access_token, refresh_token } = client.config;
    await client.revokeAuthorization({ token: refresh_token });
    await refused(401, client.userInfo({ access_token }));
    await refused(400, client._httpPost("/oauth/token", { ...APPLICATION, grant_type: "refresh_token", refresh_token }));
  });
}

async function outOfScope(client) {
  for (const [method, needed] of Object.entries(OUT_OF_SCOPE)) {
    await check(method, "is out of scope: 404", () => refused(404, client[method](needed)));
  }
}

await control("POST", "clock", { now: "2026-11-22T09:00:00Z" });
// The session is quicker than 50 calls a second.
await control("POST", "faults", { kind: "rate_limit", params: { per_second: 0, per_minute: 0 } });
const client = newClient();
await authorize(client);
await identity(client);
await calendars(client);
const primary = (await client.listCalendars()).calendars[0].calendar_id;
await ownEvents(client, primary);
await othersEvents(client, primary);
await pages(client, primary);
await channels(client);
await outOfScope(client);
await theEnd(client);

const offered = Object.getOwnPropertyNames(Cronofy.prototype).filter((name) => !/^(_|constructor$)/.test(name));
const forgotten = offered.filter((name) => !called.has(name));
forgotten.forEach((name) => console.log(`FAILED  ${name}: nothing here calls it`));
const left = Object.keys(OUT_OF_SCOPE).length;
console.log(
  `\n${called.size - left} methods with an endpoint, ${left} out of scope, ${forgotten.length} forgotten: ` +
    (failures + forgotten.length ? `${failures + forgotten.length} FAILED` : "all passed"),
);
process.exit(failures + forgotten.length ? 1 : 0);
