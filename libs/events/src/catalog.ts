import * as capReached from './cap-reached.v1.ts';
import * as connectionChanged from './connection-changed.v1.ts';
import * as groupCreated from './group-created.v1.ts';
import * as groupDeleted from './group-deleted.v1.ts';
import * as groupLinked from './group-linked.v1.ts';
import * as groupMembersChanged from './group-members-changed.v1.ts';
import * as groupSnapshot from './group-snapshot.v1.ts';
import * as groupUnlinked from './group-unlinked.v1.ts';
import * as groupUpdated from './group-updated.v1.ts';
import * as planApplied from './plan-applied.v1.ts';
import * as scimRequestHandled from './scim-request-handled.v1.ts';
import * as seatAdjusted from './seat-adjusted.v1.ts';
import * as seatClassChanged from './seat-class-changed.v1.ts';
import * as seatOccupied from './seat-occupied.v1.ts';
import * as seatReleased from './seat-released.v1.ts';
import * as seatsSnapshot from './seats-snapshot.v1.ts';
import * as tenantCreated from './tenant-created.v1.ts';
import * as termClosed from './term-closed.v1.ts';
import * as userActivated from './user-activated.v1.ts';
import * as userCreated from './user-created.v1.ts';
import * as userDeactivated from './user-deactivated.v1.ts';
import * as userDeleted from './user-deleted.v1.ts';
import * as userLinked from './user-linked.v1.ts';
import * as userSignedIn from './user-signed-in.v1.ts';
import * as userSnapshot from './user-snapshot.v1.ts';
import * as userUpdated from './user-updated.v1.ts';

/** Every event version ever released: its type, the shape of its data and an example. A changed meaning is a new version. */
export const catalog: Readonly<Record<string, { data: new () => object; example: object }>> = {
  [capReached.CAP_REACHED]: { data: capReached.CapReached, example: capReached.example },
  [connectionChanged.CONNECTION_CHANGED]: {
    data: connectionChanged.ConnectionChanged,
    example: connectionChanged.example,
  },
  [groupCreated.GROUP_CREATED]: { data: groupCreated.GroupCreated, example: groupCreated.example },
  [groupDeleted.GROUP_DELETED]: { data: groupDeleted.GroupDeleted, example: groupDeleted.example },
  [groupLinked.GROUP_LINKED]: { data: groupLinked.GroupLinked, example: groupLinked.example },
  [groupMembersChanged.GROUP_MEMBERS_CHANGED]: {
    data: groupMembersChanged.GroupMembersChanged,
    example: groupMembersChanged.example,
  },
  [groupSnapshot.GROUP_SNAPSHOT]: { data: groupSnapshot.GroupSnapshot, example: groupSnapshot.example },
  [groupUnlinked.GROUP_UNLINKED]: { data: groupUnlinked.GroupUnlinked, example: groupUnlinked.example },
  [groupUpdated.GROUP_UPDATED]: { data: groupUpdated.GroupUpdated, example: groupUpdated.example },
  [planApplied.PLAN_APPLIED]: { data: planApplied.PlanApplied, example: planApplied.example },
  [scimRequestHandled.SCIM_REQUEST_HANDLED]: {
    data: scimRequestHandled.ScimRequestHandled,
    example: scimRequestHandled.example,
  },
  [seatAdjusted.SEAT_ADJUSTED]: { data: seatAdjusted.SeatAdjusted, example: seatAdjusted.example },
  [seatClassChanged.SEAT_CLASS_CHANGED]: {
    data: seatClassChanged.SeatClassChanged,
    example: seatClassChanged.example,
  },
  [seatOccupied.SEAT_OCCUPIED]: { data: seatOccupied.SeatOccupied, example: seatOccupied.example },
  [seatReleased.SEAT_RELEASED]: { data: seatReleased.SeatReleased, example: seatReleased.example },
  [seatsSnapshot.SEATS_SNAPSHOT]: { data: seatsSnapshot.SeatsSnapshot, example: seatsSnapshot.example },
  [tenantCreated.TENANT_CREATED]: { data: tenantCreated.TenantCreated, example: tenantCreated.example },
  [termClosed.TERM_CLOSED]: { data: termClosed.TermClosed, example: termClosed.example },
  [userActivated.USER_ACTIVATED]: { data: userActivated.UserActivated, example: userActivated.example },
  [userCreated.USER_CREATED]: { data: userCreated.UserCreated, example: userCreated.example },
  [userDeactivated.USER_DEACTIVATED]: { data: userDeactivated.UserDeactivated, example: userDeactivated.example },
  [userDeleted.USER_DELETED]: { data: userDeleted.UserDeleted, example: userDeleted.example },
  [userLinked.USER_LINKED]: { data: userLinked.UserLinked, example: userLinked.example },
  [userSignedIn.USER_SIGNED_IN]: { data: userSignedIn.UserSignedIn, example: userSignedIn.example },
  [userSnapshot.USER_SNAPSHOT]: { data: userSnapshot.UserSnapshot, example: userSnapshot.example },
  [userUpdated.USER_UPDATED]: { data: userUpdated.UserUpdated, example: userUpdated.example },
};
