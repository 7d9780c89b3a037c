/* Whether a message of the server has the fields of include/boothcast/vectors/shapes.json: all that must be there, none that is not
 * named, each of its type.
 */
#ifndef FLOW_SHAPES_H
#define FLOW_SHAPES_H

#include <jansson.h>

/* Fails the test when `message` is none of `shapes` (the whole file). */
void shapes_check_server(const json_t *shapes, const json_t *message);

#endif
