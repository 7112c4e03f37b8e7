import type { Room } from '../server/room.ts';

export const requests: Room = { name: 'requests' };
