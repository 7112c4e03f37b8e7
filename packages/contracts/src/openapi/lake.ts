import { deletionPlan } from '../deletion-plan.ts';
import { type ErrorName, errorRegistry } from '../errors.ts';
import { lakeStatus } from '../lake-status.ts';
import { queueGroups } from '../queue-group.ts';
import { missingCopies, missingCopy, ruleExplanation } from '../rule-explanation.ts';
import { anything, byName, count, list, object, oneOf, text } from '../schema.ts';
import { pageCaller, pageLogin, pageSession, uploadedFile } from '../session.ts';
import { storageTokenItems, storageTokens } from '../storage-token.ts';
import { type ApiDescription, type Endpoints, openApiDocument, type ServedRoute } from './document.ts';
import { rucio } from './rucio.ts';

const page = { description: 'The page.', content: { type: 'text/html' } } as const;
const elsewhere = { status: 302, description: 'The page is at the address of the header Location.' } as const;
const sums = text('Checksum of the bytes, 8 hexadecimal digits: what arrives must match it.');

/** The lake's endpoints besides those of Rucio. */
export const lakeEndpoints: Endpoints = {
  'GET /lake/status': {
    tag: 'Lake',
    summary: 'How the whole lake is now: storages, transfers, links, daemons, backlog.',
    answer: { description: 'The lake now.', content: { schema: lakeStatus } },
  },
  'GET /requests/queue': {
    tag: 'Lake',
    summary: 'What waits and moves, by destination, activity, state and reason.',
    answer: { description: 'Groups of requests.', content: { schema: queueGroups } },
  },
  'GET /reaper/plan': {
    tag: 'Lake',
    summary: 'What the reaper would delete at a storage now, what it keeps and why. Changes nothing.',
    query: { rse: text('Name of the storage.') },
    needs: ['rse'],
    answer: { description: 'The plan.', content: { schema: deletionPlan } },
  },
  'GET /events': {
    tag: 'Lake',
    summary: 'What happens in the lake, as server-sent events.',
    description:
      'Each message has the number of the event as `id`, its type in the words of the field as `event` (`transfer-done`, `rule-ok`, ...), and its payload as a JSON object in `data`, with `event_at` first. The first message has an `id` only: where to resume. A comment every 5 s shows that the line is alive.',
    query: {
      after: count('Only events after this number, 0 for all that are kept; left out: from now on.'),
      types: text('Only these types, with commas between them; at most 100.'),
    },
    headers: { 'Last-Event-ID': count('The number of the last event seen; wins over `after`.') },
    answer: { description: 'A stream that does not end.', content: { type: 'text/event-stream' } },
  },
  'GET /rules/{rule_id}/explain': {
    tag: 'Rules',
    summary: 'Why a rule is where it is: counts, reasons with examples, the expected end.',
    answer: { description: 'The explanation.', content: { schema: ruleExplanation } },
  },
  'GET /rules/{rule_id}/explain/files': {
    tag: 'Rules',
    summary: 'Every missing copy of a rule with its reason and last errors, 200 a page.',
    query: {
      reason: text('Only those with this reason code.'),
      after: text('What the page before gave as `after`.'),
    },
    answer: { description: 'A page.', content: { schema: missingCopies } },
  },
  'POST /credentials/storage-tokens': {
    tag: 'Storages',
    summary: 'Addresses of files at storages, with one token for each file and operation.',
    body: { schema: storageTokenItems },
    answer: { description: 'One token for each item.', content: { schema: storageTokens } },
  },
  'GET /.well-known/openid-configuration': {
    tag: 'Storages',
    summary: 'Who issues the tokens for storages, and where the keys are.',
    answer: {
      description: 'The issuer.',
      content: {
        schema: object('Metadata of an OpenID issuer.', {
          issuer: text('What tokens name as `iss`.'),
          jwks_uri: text('Where its keys are.'),
          id_token_signing_alg_values_supported: list(text('An algorithm.'), 'Algorithms of signatures.'),
          scopes_supported: list(text('A scope.'), 'Scopes of tokens, without their paths.'),
          claims_supported: list(text('A claim.'), 'Claims of tokens.'),
        }),
      },
    },
  },
  'GET /jwks': {
    tag: 'Storages',
    summary: 'The keys that tokens for storages are verified with.',
    answer: {
      description: 'A JSON Web Key Set (RFC 7517).',
      content: {
        schema: object('A set of keys.', {
          keys: list(byName(anything('A member of the key.'), 'A JSON Web Key.'), 'The keys.'),
        }),
      },
    },
  },
  'DELETE /auth/token': {
    tag: 'Service',
    summary: 'Ends the token it is sent with: it is refused from now on.',
    answer: { description: 'It is ended.' },
  },
  'GET /metrics': {
    tag: 'Service',
    summary: 'Metrics of this process.',
    answer: { description: 'The text format of Prometheus.', content: { type: 'text/plain' } },
  },
  'GET /openapi.json': {
    tag: 'Service',
    summary: 'This document.',
    answer: {
      description: 'An OpenAPI 3.1 document.',
      content: { schema: byName(anything('A part of the document.'), 'OpenAPI 3.1.') },
    },
  },
  'GET /': {
    tag: 'Pages',
    summary: 'Sends a browser to the pages; tells others where they are.',
    answer: {
      description: 'Where to go on.',
      content: {
        schema: object('Where to go on.', {
          name: text('Leman.'),
          pages: text('Path of the pages.'),
          ping: text('Path that tells the version.'),
        }),
      },
      also: { 302: 'The pages, for who accepts text/html.' },
    },
  },
  'GET /ui': { tag: 'Pages', summary: 'The pages.', answer: page },
  'GET /ui/{path}': { tag: 'Pages', summary: 'A page, or a file that it loads.', answer: page },
  'GET /rule': {
    tag: 'Pages',
    summary: 'Link of the field to the page of a rule.',
    query: { rule_id: text('Id of the rule.') },
    answer: elsewhere,
  },
  'GET /did': {
    tag: 'Pages',
    summary: 'Link of the field to the page of a DID.',
    query: { scope: text('Its scope.'), name: text('Its name.') },
    answer: elsewhere,
  },
  'POST /ui/api/login': {
    tag: 'Gateway',
    summary: 'Begins a session of the pages; only from the pages of this lake.',
    body: { schema: pageLogin },
    answer: { description: 'The token is in a cookie.', content: { schema: pageSession } },
  },
  'POST /ui/api/logout': {
    tag: 'Gateway',
    summary: 'Ends the session of the pages and its token.',
    answer: { description: 'It is ended.', content: { schema: object('Nothing.', {}) } },
  },
  'GET /ui/api/session': {
    tag: 'Gateway',
    summary: 'Who is logged in; renews the token of a session of the pages.',
    answer: { description: 'The caller.', content: { schema: pageCaller } },
  },
  'GET /ui/api/files/{scope}/{name}': {
    tag: 'Gateway',
    summary: 'The bytes of a file from the nearest copy that answers; takes a Range.',
    headers: { Range: text('Part of the file, for example `bytes=0-1023`.') },
    answer: {
      description: 'The bytes; the header X-Leman-RSE names the storage they come from.',
      content: { type: 'application/octet-stream' },
      also: { 206: 'The part that was asked for.' },
    },
  },
  'PUT /ui/api/files/{rse}/{scope}/{name}': {
    tag: 'Gateway',
    summary: 'Uploads a file to a storage and registers it.',
    description: 'The request must tell its Content-Length.',
    query: { dataset: text('Dataset to attach it to, `scope:name`.') },
    headers: { 'X-Adler32': sums },
    body: { type: 'application/octet-stream' },
    answer: { status: 201, description: 'It is there.', content: { schema: uploadedFile } },
  },
  'GET /ui/api/datasets/{scope}/{name}': {
    tag: 'Gateway',
    summary: 'The files of a dataset or container as one tar.',
    answer: {
      description: 'The tar.',
      content: { type: 'application/x-tar' },
      also: { 302: 'It is a file: its bytes are at the address of the header Location.' },
    },
  },
};

const errorNames = Object.keys(errorRegistry) as ErrorName[];
const errorAnswer = object('Why a call failed: programs decide by the class, people read the sentence.', {
  ExceptionClass: oneOf(errorNames, 'Name of the error in the field.'),
  ExceptionMessage: text('One sentence that says what to do.'),
});

const api: Omit<ApiDescription, 'version' | 'server'> = {
  title: 'Leman',
  description:
    'Catalogue, rules and pages of a scientific data lake: the REST API of Rucio, and what is beyond it.',
  security: {
    token: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Rucio-Auth-Token',
      description: 'What `GET /auth/userpass` or `GET /auth/ssh` answers in the header of the same name.',
    },
  },
  tags: [
    { name: 'Lake', description: 'The lake as a whole: now, and as it happens.' },
    { name: 'Rules', description: 'Why copies are not there yet.' },
    { name: 'Storages', description: 'Tokens that open storages, file by file.' },
    { name: 'Service', description: 'The service itself.' },
    {
      name: 'Gateway',
      description:
        'What a browser needs: sessions, uploads and downloads through the lake. Its pages send their token in a cookie; everybody else sends the header.',
    },
    { name: 'Pages', description: 'For people.' },
  ],
  own: lakeEndpoints,
  field: rucio,
  shapes: {
    DeletionPlan: deletionPlan,
    Error: errorAnswer,
    LakeStatus: lakeStatus,
    MissingCopies: missingCopies,
    MissingCopy: missingCopy,
    PageCaller: pageCaller,
    PageLogin: pageLogin,
    PageSession: pageSession,
    QueueGroups: queueGroups,
    RuleExplanation: ruleExplanation,
    StorageTokenItems: storageTokenItems,
    StorageTokens: storageTokens,
    UploadedFile: uploadedFile,
  },
  error: {
    description: 'Refused or failed.',
    type: 'application/octet-stream',
    schema: errorAnswer,
    headers: {
      ExceptionClass: text('As in the body.'),
      ExceptionMessage: text('As in the body, cut to 125 characters.'),
    },
  },
};

/** The OpenAPI 3.1 document of the lake. */
export const lakeDocument = (
  routes: readonly ServedRoute[],
  running: Pick<ApiDescription, 'version' | 'server'>,
) => openApiDocument({ ...api, ...running }, routes);
