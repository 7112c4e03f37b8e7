import type { Room } from '../server/room.ts';

export const accounts: Room = { name: 'accounts' };
