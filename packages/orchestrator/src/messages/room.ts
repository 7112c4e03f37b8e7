import type { Room } from '../server/room.ts';

export const messages: Room = { name: 'messages' };
