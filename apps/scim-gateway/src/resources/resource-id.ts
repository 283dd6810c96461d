import { NotFoundException, type PipeTransform } from '@nestjs/common';

/** The id in the path. `.search` is none: it takes POST alone, so whoever came here with it used another method. */
export const resourceId: PipeTransform<string, string> = {
  transform(id) {
    if (id === '.search') throw new NotFoundException();
    return id;
  },
};
