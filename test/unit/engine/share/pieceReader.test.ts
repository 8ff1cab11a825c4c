import assert from 'node:assert/strict';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PieceReader } from '../../../../src/engine/share/pieceReader.ts';
import { filesThatHold } from '../../../support/filesThatHold.ts';
