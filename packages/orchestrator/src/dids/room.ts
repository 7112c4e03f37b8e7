import type { Room } from '../server/room.ts';

export const dids: Room = { name: 'dids' };
