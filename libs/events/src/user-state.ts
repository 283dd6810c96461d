import { IsBoolean, IsOptional, IsString, IsUUID } from 'class-validator';
import { IsInstant } from '#runtime/instant';

/** A user as the events of a user tell it: after the change. */
export class UserState {
  @IsUUID()
  userId!: string;

  @IsString()
  userName!: string;

  @IsBoolean()
  active!: boolean;

  /** the connection that manages the user; null for a local one */
  @IsOptional()
  @IsUUID()
  managedBy!: string | null;

  /** when the user signed in to the app for the first time, UTC; absent before, and in events of before sign-ins were told */
  @IsOptional()
  @IsInstant()
  signedInAt?: string | null;
}

export const exampleUser: UserState = {
  userId: '0192d5a4-7c1e-7000-8000-000000000001',
  userName: 'ada@example.com',
  active: true,
  managedBy: '0192d5a4-7c1e-7000-8000-000000000002',
};
