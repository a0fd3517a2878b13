/*
 * Runs a Lambda function written for Node.js.
 *
 * Loads the handler (CommonJS or an ES module), then takes one invocation after the other from
 * the Runtime API and posts what the handler answers, through its promise, its callback or its
 * response stream. What a function can observe follows AWS's runtime: the context object, the
 * environment, the format of log lines, the errors.
 *
 * Usage: bootstrap.cjs SDK_REMEDY [SDK_FOLDER]
 */
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const util = require('node:util');
const { pathToFileURL } = require('node:url');

const VERSION = '2018-06-01';
const TEXT_FRAME = 0xa55a0003;
const JSON_FRAME = 0xa55a0002;
/** Whether the function's runtime takes handlers with a callback: those before nodejs24.x do. */
const CALLBACKS = !(process.env.AWS_EXECUTION_ENV || '').endsWith('nodejs24.x');

/** An error that the runtime itself finds, reported under a type of its own. */
class Fault extends Error {
  constructor(type, message) {
    super(message);
    this.name = type;
  }
}

/** A client of the Runtime API over one connection that stays open. */
class RuntimeApi {
  constructor(address) {
    const at = address.lastIndexOf(':');
    this.address = address;
    this.chunks = [];
    this.length = 0;
    this.waiting = null;
    this.socket = net.connect(Number(address.slice(at + 1)), address.slice(0, at));
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk) => this.received(chunk));
    // The Runtime API has gone: there is nothing left to do.
    this.socket.on('error', () => process.exit(0));
    this.socket.on('close', () => process.exit(0));
  }

  /** Waits for the next invocation: its headers and its payload. */
  next() {
    return this.exchange('GET', 'runtime/invocation/next', '', '');
  }

  respond(id, payload) {
    const headers = 'Content-Type: application/json\r\n';
    return this.exchange('POST', `runtime/invocation/${id}/response`, headers, payload);
  }

  /** Begins an answer whose length is not known; what it is answered comes later. */
  beginResponse(id, contentType) {
    const head =
      `POST /${VERSION}/runtime/invocation/${id}/response HTTP/1.1\r\nHost: ${this.address}\r\n` +
      'Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n' +
      'Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n' +
      `Content-Type: ${contentType}\r\n\r\n`;
    this.socket.write(Buffer.from(head, 'latin1'));
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }

  writeChunk(chunk, done) {
    if (chunk.length === 0) {
      if (done) done();
      return;
    }
    this.socket.write(`${chunk.length.toString(16)}\r\n`);
    this.socket.write(chunk);
    this.socket.write('\r\n', done);
  }

  /** Ends an answer, with an error if the function has failed on the way. */
  endResponse(error) {
    let trailers = '';
    if (error) {
      const type = error.errorType.replace(/[^\x20-\x7e]/g, '?');
      const body = Buffer.from(JSON.stringify(error)).toString('base64');
      trailers =
        `Lambda-Runtime-Function-Error-Type: ${type}\r\n` +
        `Lambda-Runtime-Function-Error-Body: ${body}\r\n`;
    }
    this.socket.write(`0\r\n${trailers}\r\n`);
  }

  fail(id, error) {
    return this.postError(`runtime/invocation/${id}/error`, error);
  }

  failInit(error) {
    return this.postError('runtime/init/error', error);
  }

  postError(route, error) {
    const type = error.errorType.replace(/[^\x20-\x7e]/g, '?');
    const headers =
      'Content-Type: application/json\r\n' + `Lambda-Runtime-Function-Error-Type: ${type}\r\n`;
    return this.exchange('POST', route, headers, JSON.stringify(error));
  }

  exchange(method, route, headers, body) {
    const payload = typeof body === 'string' ? Buffer.from(body) : body;
    const head =
      `${method} /${VERSION}/${route} HTTP/1.1\r\nHost: ${this.address}\r\n` +
      `Content-Length: ${payload.length}\r\n${headers}\r\n`;
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.socket.write(Buffer.concat([Buffer.from(head, 'latin1'), payload]));
    });
  }

  received(chunk) {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.expected && this.length < this.expected) return;
    const all = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    this.chunks = [all];
    const end = all.indexOf('\r\n\r\n');
    if (end < 0) return;
    const headers = {};
    for (const line of all.toString('latin1', 0, end).split('\r\n').slice(1)) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    }
    const bodyEnd = end + 4 + Number(headers['content-length'] || 0);
    if (all.length < bodyEnd) {
      this.expected = bodyEnd;
      return;
    }
    const rest = all.subarray(bodyEnd);
    this.expected = 0;
    this.chunks = rest.length ? [rest] : [];
    this.length = rest.length;
    const done = this.waiting;
    this.waiting = null;
    if (done) done({ headers, payload: all.subarray(end + 4, bodyEnd) });
  }

  /** Whether the connection keeps the process alive. */
  holdOpen(hold) {
    if (hold) this.socket.ref();
    else this.socket.unref();
  }
}

/** Writes log messages as they are, line breaks included, to the platform's log channel. */
function openLog() {
  const fd = process.env._LAMBDA_TELEMETRY_LOG_FD;
  delete process.env._LAMBDA_TELEMETRY_LOG_FD;
  if (!fd) {
    return (message) => process.stdout.write(message.replace(/\n(?!$)/g, '\r'));
  }
  return (message, type) => {
    const data = Buffer.from(message);
    const frame = Buffer.alloc(16 + data.length);
    frame.writeUInt32BE(type, 0);
    frame.writeUInt32BE(data.length, 4);
    frame.writeBigInt64BE(BigInt(Date.now()) * 1000n, 8);
    data.copy(frame, 16);
    for (let written = 0; written < frame.length; ) {
      written += fs.writeSync(Number(fd), frame, written);
    }
  };
}

const writeLog = openLog();
const asJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const lowestLevel = asJson ? LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL || 'TRACE') : 0;
let currentRequestId;

function log(level, args) {
  if (LEVELS.indexOf(level) < lowestLevel) return;
  const timestamp = new Date().toISOString();
  if (asJson) {
    writeLog(JSON.stringify(jsonLine(timestamp, level, args)) + '\n', JSON_FRAME);
  } else {
    const id = currentRequestId === undefined ? 'undefined' : currentRequestId;
    writeLog(`${timestamp}\t${id}\t${level}\t${util.format(...args)}\n`, TEXT_FRAME);
  }
}

function jsonLine(timestamp, level, args) {
  const line = { timestamp, level, requestId: currentRequestId };
  const error = args.find((arg) => util.types.isNativeError(arg));
  if (args.length === 1 && typeof args[0] === 'object' && !error) {
    line.message = args[0];
    return line;
  }
  line.message = util.format(...args);
  if (error) {
    Object.assign(line, {
      errorType: error.name,
      errorMessage: error.message,
      stackTrace: traceOf(error),
    });
  }
  return line;
}

function patchConsole() {
  const levels = {
    trace: 'TRACE',
    debug: 'DEBUG',
    log: 'INFO',
    info: 'INFO',
    warn: 'WARN',
    error: 'ERROR',
    fatal: 'FATAL',
  };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...args) => log(level, args);
  }
}

/** The lines of a stack trace, with AWS's name for the folder of the function's code. */
function traceOf(error) {
  const shown = String(error.stack).replaceAll(`${process.env.LAMBDA_TASK_ROOT}/`, '/var/task/');
  return shown.split('\n');
}

/** The document that tells AWS's clients of what was thrown. */
function describe(error) {
  if (util.types.isNativeError(error) || (error && error.stack && error.message !== undefined)) {
    return {
      errorType: String(error.name),
      errorMessage: String(error.message),
      trace: traceOf(error),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function logError(title, error) {
  const { errorType, errorMessage, trace } = describe(error);
  const document = { errorType, errorMessage };
  if (error && error.code !== undefined) document.code = error.code;
  document.stack = trace;
  if (asJson) log('ERROR', [{ ...document, stackTrace: trace, stack: undefined }]);
  else log('ERROR', [`${title} \t${JSON.stringify(document)}`]);
}

/** The handler `folder/module.member.member`. */
async function loadHandler(root, name, sdkRemedy) {
  if (name.includes('..')) {
    throw new Fault(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(name);
  const folder = name.slice(0, name.length - base.length);
  const dot = base.indexOf('.');
  if (dot < 0) throw new Fault('Runtime.MalformedHandlerName', 'Bad handler');
  const moduleName = base.slice(0, dot);
  const members = base.slice(dot + 1);
  const loaded = await loadModule(root, folder, moduleName, sdkRemedy);
  let found = loaded;
  for (const member of members.split('.')) found = found && found[member];
  if (found === undefined && loaded && loaded.default) {
    found = members.split('.').reduce((value, member) => value && value[member], loaded.default);
  }
  if (!found) {
    throw new Fault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw new Fault('Runtime.HandlerNotFound', `${name} is not a function`);
  }
  if (!CALLBACKS && found.length >= 3 && !found[STREAMING]) {
    throw new Fault(
      'Runtime.CallbackHandlerDeprecated',
      'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You will need to modify this function to use a supported handler signature to use Node.js 24 or later.',
    );
  }
  return found;
}

async function loadModule(root, folder, name, sdkRemedy) {
  const stem = path.resolve(root, folder, name);
  try {
    if (isFile(stem)) return require(stem);
    if (isFile(`${stem}.js`)) {
      return isEsm(path.dirname(stem)) ? await importFile(`${stem}.js`) : require(`${stem}.js`);
    }
    if (isFile(`${stem}.mjs`)) return await importFile(`${stem}.mjs`);
    if (isFile(`${stem}.cjs`)) return require(`${stem}.cjs`);
    return require(require.resolve(name, { paths: [root, path.resolve(root, folder)] }));
  } catch (error) {
    throw moduleFault(error, name, sdkRemedy);
  }
}

function moduleFault(error, name, sdkRemedy) {
  if (error instanceof SyntaxError) {
    return new Fault('Runtime.UserCodeSyntaxError', String(error));
  }
  const codes = ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'];
  if (!error || !codes.includes(error.code)) return error;
  let message = `Error: ${error.message}`;
  if (error.message.startsWith(`Cannot find module '${name}'`)) {
    message = `Error: Cannot find module '${name}'\nRequire stack:\n- /var/runtime/index.mjs`;
  } else if (/Cannot find (module|package) '(@aws-sdk|@smithy|aws-sdk)/.test(error.message)) {
    message += `. ${sdkRemedy}`;
  }
  return new Fault('Runtime.ImportModuleError', message);
}

function importFile(file) {
  return import(pathToFileURL(file).href);
}

function isFile(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return Boolean(stat && stat.isFile());
}

/** Whether `.js` files in `folder` are ES modules. */
function isEsm(folder) {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(at, 'package.json'), 'utf8')).type === 'module';
    } catch {
      if (at === path.dirname(at)) return false;
    }
  }
}

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

const WITH_HEAD = 'application/vnd.awslambda.http-integration-response';

/** `awslambda`, which functions with response streams expect. */
function provideStreaming() {
  class HttpResponseStream {
    /** Begins the answer with its head, which eight zeros part from its body. */
    static from(stream, prelude) {
      stream.setContentType(WITH_HEAD);
      stream.beforeFirstWrite = (write) => {
        write(Buffer.from(JSON.stringify(prelude)));
        write(Buffer.alloc(8));
      };
      return stream;
    }
  }
  globalThis.awslambda = {
    streamifyResponse(handler) {
      handler[STREAMING] = 'response';
      return handler;
    },
    HttpResponseStream,
  };
}

/** The stream that a streaming handler writes its answer to: it is posted as it is written. */
function responseStream(api, id) {
  const { Writable } = require('node:stream');
  let contentType = 'application/octet-stream';
  const begin = () => {
    stream.posted = api.beginResponse(id, contentType);
    const before = stream.beforeFirstWrite;
    if (before) before((chunk) => api.writeChunk(chunk));
  };
  const stream = new Writable({
    write(chunk, encoding, done) {
      if (!stream.posted) begin();
      api.writeChunk(Buffer.from(chunk, encoding), done);
    },
    final(done) {
      if (!stream.posted) begin();
      done();
    },
  });
  stream.setContentType = (type) => {
    if (stream.posted) throw new Fault('InvalidStreamingOperation', 'Cannot set content-type, too late.');
    contentType = type;
  };
  return stream;
}

function fromHeader(text) {
  return JSON.parse(Buffer.from(text, 'latin1').toString('utf8'));
}

/** One invocation: whatever answers first decides. */
class Invocation {
  constructor(api, headers) {
    this.api = api;
    this.id = headers['lambda-runtime-aws-request-id'];
    this.headers = headers;
    this.waitForLoop = true;
    this.settled = false;
    this.done = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Posts the result now, or, for callbacks, when nothing is left to do. */
  answer(result) {
    if (this.settled) return;
    let payload;
    try {
      const json = Buffer.isBuffer(result) ? result : JSON.stringify(result);
      payload = json === undefined ? 'null' : json;
    } catch {
      this.fail(new Error('Unable to stringify response body'));
      return;
    }
    this.settle(this.api.respond(this.id, payload));
  }

  fail(error) {
    if (this.settled) return;
    logError('Invoke Error', error);
    this.settle(this.api.fail(this.id, describe(error)));
  }

  settle(posted) {
    this.settled = true;
    this.api.holdOpen(true);
    this.resolve(posted);
  }

  callback(error, result) {
    const finish = () => (error ? this.fail(error) : this.answer(result));
    if (this.waitForLoop) this.whenIdle = this.whenIdle || finish;
    else setImmediate(finish);
  }

  /** The event loop is empty: no callback or promise will settle this any more. */
  idle() {
    if (this.whenIdle) this.whenIdle();
    else this.answer(null);
  }

  context() {
    const { headers } = this;
    const invocation = this;
    const context = {};
    Object.defineProperty(context, 'callbackWaitsForEmptyEventLoop', {
      enumerable: true,
      get: () => this.waitForLoop,
      set: (wait) => {
        this.waitForLoop = Boolean(wait);
      },
    });
    const deadline = Number(headers['lambda-runtime-deadline-ms']);
    Object.assign(context, {
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    });
    const clientContext = headers['lambda-runtime-client-context'];
    const identity = headers['lambda-runtime-cognito-identity'];
    context.clientContext = clientContext ? fromHeader(clientContext) : undefined;
    context.identity = identity ? fromHeader(identity) : undefined;
    context.invokedFunctionArn = headers['lambda-runtime-invoked-function-arn'];
    context.awsRequestId = this.id;
    context.getRemainingTimeInMillis = () => deadline - Date.now();
    if (CALLBACKS) {
      Object.assign(context, {
        done: (error, result) => invocation.callback(error, result),
        succeed: (result) => invocation.answer(result),
        fail: (error) => invocation.fail(error === undefined || error === null ? 'handled' : error),
      });
    }
    return context;
  }

  /** Runs a handler that writes its answer to a stream. */
  async stream(handler, event) {
    const stream = responseStream(this.api, this.id);
    const finished = new Promise((resolve, reject) =>
      stream.on('finish', resolve).on('error', reject),
    );
    const end = (error) => {
      this.settled = true;
      this.api.endResponse(error);
      this.api.holdOpen(true);
      this.resolve(stream.posted);
    };
    try {
      const context = this.context();
      await handler(event, stream, context);
      if (!stream.writableEnded) stream.end();
      await finished;
    } catch (error) {
      if (!stream.posted) throw error;
      logError('Invoke Error', error);
      end(describe(error));
      return;
    }
    end();
  }

  async run(handler, payload) {
    let event;
    try {
      event = JSON.parse(payload.toString('utf8'));
    } catch (error) {
      this.fail(new Fault('Runtime.UnmarshalError', `Unable to unmarshal input: ${error.message}`));
      return;
    }
    try {
      if (handler[STREAMING]) {
        await this.stream(handler, event);
        return;
      }
      const callback = (error, result) => this.callback(error, result);
      const result = CALLBACKS
        ? handler(event, this.context(), callback)
        : handler(event, this.context());
      if (result && typeof result.then === 'function') this.answer(await result);
      else if (!CALLBACKS) this.answer(result);
    } catch (error) {
      this.fail(error);
    }
  }
}

/** An instance that has no invocation after so long is one in reserve. */
const REHEARSAL_DELAY_MS = 5;
const REHEARSAL = 'HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\n{"a": [1, 2.5, "b", {}]}';

/** Goes once through what an invocation needs: what runs for the first time is compiled first. */
function rehearse() {
  let came;
  const connection = { chunks: [], length: 0, waiting: (message) => (came = message) };
  RuntimeApi.prototype.received.call(connection, Buffer.from(REHEARSAL));
  const api = { respond: async () => {}, holdOpen() {} };
  new Invocation(api, came.headers).run(async (event) => event, came.payload);
}

async function serve(api, handler) {
  const rehearsal = setTimeout(rehearse, REHEARSAL_DELAY_MS);
  let current;
  process.on('beforeExit', () => {
    api.holdOpen(true);
    if (current) current.idle();
  });
  const crash = (title, code) => async (error) => {
    logError(title, error);
    const document = describe(error);
    await (current && !current.settled ? api.fail(current.id, document) : api.failInit(document));
    process.exit(code);
  };
  process.on('uncaughtException', crash('Uncaught Exception', 129));
  process.on('unhandledRejection', (reason) => {
    const error = new Fault('Runtime.UnhandledPromiseRejection', String(reason));
    error.reason = reason;
    return crash('Unhandled Promise Rejection', 128)(error);
  });
  for (;;) {
    const { headers, payload } = await api.next();
    clearTimeout(rehearsal);
    current = new Invocation(api, headers);
    currentRequestId = current.id;
    const traceId = headers['lambda-runtime-trace-id'];
    if (traceId) process.env._X_AMZN_TRACE_ID = traceId;
    else delete process.env._X_AMZN_TRACE_ID;
    // While the handler runs, only its own work keeps the process alive.
    api.holdOpen(false);
    current.run(handler, payload);
    await current.done;
  }
}

/**
 * Lets modules find the SDK. Where a function has a root of its own the SDK is in `/node_modules`,
 * where every search ends; elsewhere only `require` can be told of it.
 */
function provideSdk(folder) {
  if (folder === '/node_modules') return;
  process.env.NODE_PATH += `:${folder}`;
  require('node:module')._initPaths();
}

async function main() {
  const [sdkRemedy, sdkFolder] = process.argv.splice(2);
  if (sdkFolder) provideSdk(sdkFolder);
  patchConsole();
  provideStreaming();
  const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
  let handler;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER, sdkRemedy);
  } catch (error) {
    logError('Uncaught Exception', error);
    await api.failInit(describe(error));
    process.exit(1);
  }
  await serve(api, handler);
}

main();
