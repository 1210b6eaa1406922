// The SDKs of the three services in a page. It is bundled for `browser.mjs`.
import { GetChannelCommand, IvsClient, ResourceNotFoundException } from '@aws-sdk/client-ivs';
import { CreateStageCommand, IVSRealTimeClient } from '@aws-sdk/client-ivs-realtime';
import { CreateRoomCommand, IvschatClient, ListRoomsCommand, ListTagsForResourceCommand } from '@aws-sdk/client-ivschat';

// Calls the emulator; returns what a page has of its answers.
window.sdks = async (endpoint) => {
  const settings = { endpoint, region: 'us-west-2', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 };
  const arn = 'arn:aws:ivs:us-west-2:123456789012:channel/AbCdEfGh0000';
  const error = await new IvsClient(settings).send(new GetChannelCommand({ arn })).catch((error) => error);
  const chat = new IvschatClient(settings);
  const room = await chat.send(new CreateRoomCommand({ name: 'lobby', tags: { team: 'video' } }));
  await chat.send(new ListTagsForResourceCommand({ resourceArn: room.arn }));
  const { rooms } = await chat.send(new ListRoomsCommand({}));
  const made = await new IVSRealTimeClient(settings).send(new CreateStageCommand({ participantTokenConfigurations: [{}] }));
  return {
    error: error.name,
    isOwnClass: error instanceof ResourceNotFoundException,
    requestId: made.$metadata.requestId,
    rooms: rooms.length,
    token: made.participantTokens[0].token,
  };
};
