import { Controller, Inject } from '@nestjs/common';
import { GROUPS } from '#directory-api/scim-command';
import { RabbitClient } from '#rabbit/client';
import { groupType } from '#scim/group';
import { BaseUrl, SCIM_PATH } from '../http/base-url.ts';
import { ResourcesController } from './resources.controller.ts';

@Controller(`${SCIM_PATH}${groupType.endpoint}`)
export class GroupsController extends ResourcesController {
  constructor(@Inject(RabbitClient) directory: RabbitClient, @Inject(BaseUrl) baseUrl: BaseUrl) {
    super(directory, baseUrl, 'group', GROUPS);
  }
}
