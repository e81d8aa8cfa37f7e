#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A mesh decoded by libdraco. No exception leaves these functions.
typedef struct CDracoMesh CDracoMesh;

/// Decodes a triangular mesh of at most `element_limit` faces and points, asking for at most `byte_limit` bytes of
/// memory on the way; NULL, and the reason in `message`, when the data is damaged or asks for more.
CDracoMesh *cdraco_decode(const uint8_t *data, size_t size, size_t element_limit, size_t byte_limit, char *message,
                          size_t message_size);
void cdraco_free(CDracoMesh *mesh);

size_t cdraco_point_count(const CDracoMesh *mesh);
size_t cdraco_face_count(const CDracoMesh *mesh);

/// Writes three indices a face, of 1, 2 or 4 bytes; 0 when they do not fit that size or the buffer.
int cdraco_copy_indices(const CDracoMesh *mesh, int component_size, void *out, size_t out_size);

/// Writes the attribute with that unique id, one element a point, as glTF's `component_type` (5120 ... 5126); 0 when
/// there is no such attribute, it has another number of components, or the buffer has another size.
int cdraco_copy_attribute(const CDracoMesh *mesh, uint32_t unique_id, int component_type, int component_count,
                          void *out, size_t out_size);

#ifdef __cplusplus
}
#endif
