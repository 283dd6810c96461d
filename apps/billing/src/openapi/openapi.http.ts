import { Controller, Get } from '@nestjs/common';
import { DOCUMENT } from './document.ts';

/** Needs no key: it says nothing of any tenant. */
@Controller('v1/openapi.json')
export class OpenApiHttp {
  @Get()
  document(): typeof DOCUMENT {
    return DOCUMENT;
  }
}
