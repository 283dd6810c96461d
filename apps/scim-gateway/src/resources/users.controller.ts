import { Controller, Inject } from '@nestjs/common';
import { USERS } from '#directory-api/scim-command';
import { RabbitClient } from '#rabbit/client';
import { userType } from '#scim/user';
import { BaseUrl, SCIM_PATH } from '../http/base-url.ts';
import { ResourcesController } from './resources.controller.ts';

@Controller(`${SCIM_PATH}${userType.endpoint}`)
export class UsersController extends ResourcesController {
  constructor(@Inject(RabbitClient) directory: RabbitClient, @Inject(BaseUrl) baseUrl: BaseUrl) {
    super(directory, baseUrl, 'user', USERS);
  }
}
