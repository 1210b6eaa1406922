// The AWS SDK for JavaScript v3 on the emulator: every operation of its packages, its paginators and its error classes; and
// the chat SDK with a token of the emulator. The packages are in the folder from which the script is called.
//
// Reads the endpoint from AWS_ENDPOINT_URL; prints a line of numbers, or fails at the first mismatch.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const endpoint = process.env.AWS_ENDPOINT_URL;
const key = (number) => readFileSync(new URL(`../../../fixtures/keys/p384-${number}.pem`, import.meta.url), 'utf8');
const absent = (kind, namespace = 'ivs') => `arn:aws:${namespace}:us-west-2:123456789012:${kind}/AbCdEfGh0000`;
const known = { ivs: new Set(), 'ivs-realtime': new Set(), ivschat: new Set() };
let assertions = 0;

function equal(actual, expected, about) {
  assertions += 1;
  assert.deepEqual(actual, expected, about);
}

async function control(action, body) {
  const answer = await fetch(`${endpoint}/_emulator/${action}`, { method: 'POST', body: JSON.stringify(body ?? {}) });
  equal(answer.status, 200, `${action}: ${answer.status}`);
  return answer.json();
}

class Service {
  constructor(name) {
    this.name = name;
    this.sdk = require(`@aws-sdk/client-${name}`);
    const client = Object.keys(this.sdk).find((it) => /^[A-Za-z]+Client$/.test(it) && !it.startsWith('__'));
    this.client = new this.sdk[client]({
      endpoint, region: 'us-west-2', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1,
    });
    this.operations = Object.keys(this.sdk).filter((it) => /^[A-Z]\w+Command$/.test(it)).map((it) => it.slice(0, -7));
    this.paginators = Object.keys(this.sdk).filter((it) => it.startsWith('paginate')).map((it) => it.slice(8));
    this.walked = new Set();
    this.refused = 0;
  }

  send(operation, input) {
    return this.client.send(new this.sdk[`${operation}Command`](input));
  }

  async call(operation, input = {}) {
    const output = await this.send(operation, input);
    known[this.name].add(operation);
    equal([200, 204].includes(output.$metadata.httpStatusCode), true, operation);
    equal(typeof output.$metadata.requestId, 'string', operation);
    return output;
  }

  // Asserts the error's own class.
  async refuse(code, operation, input) {
    const error = await this.send(operation, input).then(() => undefined, (error) => error);
    equal(error?.name, code, `${operation}: ${error}`);
    equal(error instanceof this.sdk[code], true, `${operation}: ${code} is not the SDK's class`);
    this.refused += 1;
  }

  // Walks a list by its paginator, one item a page; every item is there once.
  async pages(operation, list, count, input = {}) {
    const items = [];
    if (this.paginators.includes(operation)) {
      for await (const page of this.sdk[`paginate${operation}`]({ client: this.client, pageSize: 1 }, input)) items.push(...page[list]);
      this.walked.add(operation);
    } else {
      let nextToken;
      do {
        const page = await this.call(operation, { ...input, maxResults: 1, nextToken });
        items.push(...page[list]);
        nextToken = page.nextToken;
      } while (nextToken);
    }
    known[this.name].add(operation);
    equal(items.length, count, operation);
    return items;
  }

  async tags(resourceArn) {
    await this.call('TagResource', { resourceArn, tags: { a: '1', 'b c': '2' } });
    await this.call('UntagResource', { resourceArn, tagKeys: ['b c'] });
    equal((await this.call('ListTagsForResource', { resourceArn })).tags, { a: '1' }, resourceArn);
  }
}

async function channels(ivs) {
  const { channel, streamKey } = await ivs.call('CreateChannel', { name: 'one' });
  const { arn } = channel;
  equal(streamKey.channelArn, arn);
  equal((await ivs.call('GetChannel', { arn })).channel, channel);
  equal((await ivs.call('UpdateChannel', { arn, name: 'renamed' })).channel.name, 'renamed');
  await ivs.call('CreateChannel', { name: 'two' });
  await ivs.pages('ListChannels', 'channels', 2);
  const batch = await ivs.call('BatchGetChannel', { arns: [arn, absent('channel')] });
  equal([batch.channels.length, batch.errors[0].arn], [1, absent('channel')]);
  await ivs.refuse('ServiceQuotaExceededException', 'CreateStreamKey', { channelArn: arn });
  await ivs.call('DeleteStreamKey', { arn: streamKey.arn });
  const second = (await ivs.call('CreateStreamKey', { channelArn: arn })).streamKey;
  equal((await ivs.call('GetStreamKey', { arn: second.arn })).streamKey, second);
  equal((await ivs.call('BatchGetStreamKey', { arns: [second.arn] })).streamKeys, [second]);
  await ivs.pages('ListStreamKeys', 'streamKeys', 1, { channelArn: arn });
  await ivs.tags(arn);

  await ivs.refuse('ChannelNotBroadcasting', 'GetStream', { channelArn: arn });
  await control('channel/on-air', { arn });
  const { stream } = await ivs.call('GetStream', { channelArn: arn });
  equal([stream.state, stream.startTime instanceof Date], ['LIVE', true]);
  await ivs.pages('ListStreams', 'streams', 1);
  await ivs.call('PutMetadata', { channelArn: arn, metadata: 'goal' });
  await ivs.call('GetStreamSession', { channelArn: arn });
  await ivs.refuse('ConflictException', 'DeleteChannel', { arn });
  await ivs.call('StopStream', { channelArn: arn });
  await ivs.pages('ListStreamSessions', 'streamSessions', 1, { channelArn: arn });
  await ivs.call('StartViewerSessionRevocation', { channelArn: arn, viewerId: 'viewer' });
  await ivs.call('BatchStartViewerSessionRevocation', { viewerSessions: [{ channelArn: arn, viewerId: 'viewer' }] });
  await ivs.call('DeleteChannel', { arn });
  await ivs.refuse('ResourceNotFoundException', 'GetChannel', { arn });
}

async function configurations(ivs) {
  const { keyPair } = await ivs.call('ImportPlaybackKeyPair', { publicKeyMaterial: key(1) });
  await ivs.refuse('ConflictException', 'ImportPlaybackKeyPair', { publicKeyMaterial: key(1) });
  equal((await ivs.call('GetPlaybackKeyPair', { arn: keyPair.arn })).keyPair, keyPair);
  await ivs.pages('ListPlaybackKeyPairs', 'keyPairs', 1);
  await ivs.call('DeletePlaybackKeyPair', { arn: keyPair.arn });
  const tailor = [{ playbackConfigurationArn: 'arn:aws:mediatailor:us-west-2:123456789012:playbackConfiguration/main' }];
  const kinds = [
    ['PlaybackRestrictionPolicy', 'PlaybackRestrictionPolicies', { allowedCountries: ['DE'] }, { name: 'renamed' }],
    ['RecordingConfiguration', 'RecordingConfigurations', { destinationConfiguration: { s3: { bucketName: 'vods' } } }],
    ['AdConfiguration', 'AdConfigurations', { mediaTailorPlaybackConfigurations: tailor }, { name: 'renamed' }],
    ['FailoverSlateConfiguration', 'FailoverSlateConfigurations', {}, { name: 'renamed' }],
  ];
  for (const [kind, plural, input, update] of kinds) {
    if (!ivs.operations.includes(`Create${kind}`)) continue;
    const member = kind[0].toLowerCase() + kind.slice(1);
    const { arn } = (await ivs.call(`Create${kind}`, input))[member];
    await control('clock', { seconds: 10 });
    if (update && ivs.operations.includes(`Update${kind}`)) {
      equal((await ivs.call(`Update${kind}`, { arn, ...update }))[member].name, 'renamed');
      await control('clock', { seconds: 10 });
    }
    equal((await ivs.call(`Get${kind}`, { arn }))[member].arn, arn);
    await ivs.pages(`List${plural}`, plural[0].toLowerCase() + plural.slice(1), 1);
    if (kind === 'AdConfiguration' && ivs.operations.includes('InsertAdBreak')) {
      const channel = (await ivs.call('CreateChannel', { adConfigurationArn: arn })).channel.arn;
      await ivs.refuse('ConflictException', 'DeleteAdConfiguration', { arn });
      await control('channel/on-air', { arn: channel });
      equal((await ivs.call('InsertAdBreak', { channelArn: channel, durationSeconds: 30 })).adBreakId.length, 12);
      await ivs.call('StopStream', { channelArn: channel });
      await ivs.call('DeleteChannel', { arn: channel });
    }
    await ivs.call(`Delete${kind}`, { arn });
    await ivs.refuse('ResourceNotFoundException', `Get${kind}`, { arn });
  }
}

async function stages(realtime) {
  const made = await realtime.call('CreateStage', { name: 'one', participantTokenConfigurations: [{ userId: 'anna' }] });
  const { arn } = made.stage;
  equal(made.participantTokens[0].userId, 'anna');
  equal((await realtime.call('UpdateStage', { arn, name: 'renamed' })).stage.name, 'renamed');
  equal((await realtime.call('GetStage', { arn })).stage.name, 'renamed');
  const other = (await realtime.call('CreateStage')).stage.arn;
  await realtime.pages('ListStages', 'stages', 2);
  const { participantToken } = await realtime.call('CreateParticipantToken', { stageArn: arn, duration: 30 });
  equal([participantToken.duration, participantToken.expirationTime instanceof Date], [30, true]);
  const { participantId, sessionId } = await control('stage/join', { arn, token: participantToken.token });
  await control('stage/publish', { arn, participantId });
  const there = { stageArn: arn, sessionId };
  await realtime.pages('ListStageSessions', 'stageSessions', 1, { stageArn: arn });
  equal((await realtime.call('GetStageSession', there)).stageSession.sessionId, sessionId);
  equal((await realtime.call('GetParticipant', { ...there, participantId })).participant.published, true);
  await realtime.pages('ListParticipants', 'participants', 1, there);
  await realtime.pages('ListParticipantEvents', 'events', 2, { ...there, participantId });
  const both = { sourceStageArn: arn, destinationStageArn: other, participantId };
  const started = await realtime.call('StartParticipantReplication', both);
  equal(started.xFrameOptions, 'DENY');
  await realtime.pages('ListParticipantReplicas', 'replicas', 1, { sourceStageArn: arn, participantId });
  await realtime.call('StopParticipantReplication', both);
  await realtime.call('DisconnectParticipant', { stageArn: arn, participantId });
  if (realtime.operations.includes('RevokeConnectionToken')) await realtime.call('RevokeConnectionToken', { tokenId: 'token' });
  await realtime.tags(arn);
  return arn;
}

async function compositions(realtime, stageArn) {
  const { encoderConfiguration } = await realtime.call('CreateEncoderConfiguration', { video: { width: 640, height: 360 } });
  const { storageConfiguration } = await realtime.call('CreateStorageConfiguration', { s3: { bucketName: 'vods' } });
  const [encoder, storage] = [encoderConfiguration.arn, storageConfiguration.arn];
  equal((await realtime.call('GetEncoderConfiguration', { arn: encoder })).encoderConfiguration, encoderConfiguration);
  equal((await realtime.call('GetStorageConfiguration', { arn: storage })).storageConfiguration, storageConfiguration);
  await realtime.pages('ListEncoderConfigurations', 'encoderConfigurations', 1);
  await realtime.pages('ListStorageConfigurations', 'storageConfigurations', 1);
  const destinations = [{ s3: { storageConfigurationArn: storage, encoderConfigurationArns: [encoder] } }];
  const { composition } = await realtime.call('StartComposition', { stageArn, destinations });
  equal(composition.destinations[0].startTime, undefined);
  equal((await realtime.call('GetComposition', { arn: composition.arn })).composition.stageArn, stageArn);
  await realtime.pages('ListCompositions', 'compositions', 1);
  await realtime.refuse('ConflictException', 'DeleteStorageConfiguration', { arn: storage });
  await realtime.call('StopComposition', { arn: composition.arn });
  await control('clock', { seconds: 10 });
  await realtime.call('DeleteEncoderConfiguration', { arn: encoder });
  await realtime.call('DeleteStorageConfiguration', { arn: storage });

  const { arn } = (await realtime.call('CreateIngestConfiguration', { ingestProtocol: 'RTMPS' })).ingestConfiguration;
  await realtime.call('UpdateIngestConfiguration', { arn, stageArn });
  equal((await realtime.call('GetIngestConfiguration', { arn })).ingestConfiguration.stageArn, stageArn);
  await realtime.pages('ListIngestConfigurations', 'ingestConfigurations', 1);
  await realtime.call('DeleteIngestConfiguration', { arn });
  const { publicKey } = await realtime.call('ImportPublicKey', { publicKeyMaterial: key(2) });
  equal((await realtime.call('GetPublicKey', { arn: publicKey.arn })).publicKey, publicKey);
  await realtime.pages('ListPublicKeys', 'publicKeys', 1);
  await realtime.call('DeletePublicKey', { arn: publicKey.arn });
  await realtime.call('DeleteStage', { arn: stageArn });
  await realtime.refuse('ResourceNotFoundException', 'GetStage', { arn: stageArn });
}

async function chat(service) {
  const destinationConfiguration = { cloudWatchLogs: { logGroupName: '/chat' } };
  const logging = (await service.call('CreateLoggingConfiguration', { destinationConfiguration })).arn;
  await control('clock', { seconds: 10 });
  await service.call('UpdateLoggingConfiguration', { identifier: logging, name: 'logs' });
  await service.refuse('ConflictException', 'UpdateLoggingConfiguration', { identifier: logging, name: 'more' });
  await control('clock', { seconds: 10 });
  equal((await service.call('GetLoggingConfiguration', { identifier: logging })).name, 'logs');
  await service.pages('ListLoggingConfigurations', 'loggingConfigurations', 1);
  const { arn, messageReviewHandler } = await service.call('CreateRoom', { name: 'one' });
  equal(messageReviewHandler, undefined);
  equal((await service.call('UpdateRoom', { identifier: arn, maximumMessageLength: 100 })).maximumMessageLength, 100);
  equal((await service.call('GetRoom', { identifier: arn })).maximumMessageLength, 100);
  await service.call('CreateRoom', { name: 'two' });
  await service.pages('ListRooms', 'rooms', 2);
  const token = await service.call('CreateChatToken', { roomIdentifier: arn, userId: 'anna', capabilities: ['SEND_MESSAGE'] });
  await messaging(token);
  equal((await service.call('SendEvent', { roomIdentifier: arn, eventName: 'applause' })).id.length, 12);
  await service.call('DeleteMessage', { roomIdentifier: arn, id: 'AbCdEfGh1234' });
  await service.call('DisconnectUser', { roomIdentifier: arn, userId: 'anna' });
  await service.tags(arn);
  await service.call('DeleteRoom', { identifier: arn });
  await service.refuse('ResourceNotFoundException', 'GetRoom', { identifier: arn });
  await service.refuse('ValidationException', 'CreateRoom', { name: 'not well formed' });
  await service.call('DeleteLoggingConfiguration', { identifier: logging });
}

// The chat SDK connects with a token of the emulator. The socket is a stub: chat messaging is another API.
async function messaging(token) {
  const opened = [];
  globalThis.WebSocket = class extends EventTarget {
    constructor(url, protocol) {
      super();
      opened.push([String(url), protocol]);
      setTimeout(() => this.dispatchEvent(new Event('open')), 0);
    }

    close() {}
  };
  const { ChatRoom } = require('amazon-ivs-chat-messaging');
  const { sessionExpirationTime, tokenExpirationTime } = token;
  const room = new ChatRoom({
    regionOrUrl: 'us-west-2',
    tokenProvider: async () => ({ token: token.token, sessionExpirationTime, tokenExpirationTime }),
  });
  room.logLevel = 'error';
  const connected = new Promise((resolve) => room.addListener('connect', resolve));
  room.connect();
  await connected;
  equal([opened.length, opened[0][1], room.state], [1, token.token, 'connected']);
  room.disconnect();
}

const services = ['ivs', 'ivs-realtime', 'ivschat'].map((name) => new Service(name));
const [ivs, realtime, ivschat] = services;
await channels(ivs);
await configurations(ivs);
await compositions(realtime, await stages(realtime));
await chat(ivschat);
for (const service of services) {
  const missing = service.operations.filter((operation) => !known[service.name].has(operation));
  assert.deepEqual(missing, [], `${service.name}: never called with success`);
  assert.deepEqual(service.paginators.filter((it) => !service.walked.has(it)), [], `${service.name}: paginators not walked`);
}
await control('reset');
const sum = (of) => services.reduce((total, service) => total + of(service), 0);
const operations = sum((it) => it.operations.length);
assert.ok(operations >= 97, `${operations} operations`);
console.log(
  `AWS SDK for JavaScript ${require('@aws-sdk/client-ivs/package.json').version}: ${operations} of ${operations} operations called `
  + `with success, ${sum((it) => it.paginators.length)} paginators, ${sum((it) => it.refused)} refusals with their own class, `
  + `${assertions} assertions; the chat SDK connects with a token`,
);
