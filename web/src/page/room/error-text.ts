// What an error of the server means to a person: by its code, in the page's language. An unknown code shows the server's sentence.

import { hasText, t } from '../../lib/i18n.js';
import type { ErrorMessage } from '../../lib/protocol.js';

export function errorText(error: Pick<ErrorMessage, 'code' | 'message'>): string {
  const key = `common.error.${error.code}`;
  return hasText(key) ? t(key) : t('common.error.other', { message: error.message || error.code });
}
