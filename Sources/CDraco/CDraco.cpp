#include "CDraco.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include <draco/compression/decode.h>
#include <draco/core/decoder_buffer.h>
#include <draco/core/varint_decoding.h>
#include <draco/mesh/mesh.h>
#include <draco/metadata/metadata_decoder.h>

struct CDracoMesh {
    std::unique_ptr<draco::Mesh> mesh;
};

namespace {

// Bytes that libdraco, decoding on this thread, may still ask for; null outside. Its counts stand all over the
// bitstream, and it allocates for each before it looks whether the data is there.
thread_local size_t *allowance = nullptr;

struct Allowance {
    size_t bytes;
    explicit Allowance(size_t limit) : bytes(limit) { allowance = &bytes; }
    ~Allowance() { allowance = nullptr; }
};

void *allocate(size_t size) {
    if (allowance) {
        if (size > *allowance) throw std::bad_alloc();
        *allowance -= size;
    }
    if (void *block = std::malloc(size ? size : 1)) return block;
    throw std::bad_alloc();
}

void explain(char *message, size_t size, const char *text) {
    if (message && size) std::snprintf(message, size, "%s", text);
}

// Reads the counts that the decoder will allocate for, before it does (Draco bitstream 2.2, sections 4 and 5).
bool counts_within(const uint8_t *data, size_t size, size_t limit, const char **reason) {
    draco::DecoderBuffer buffer;
    buffer.Init(reinterpret_cast<const char *>(data), size);
    uint8_t head[9];
    uint16_t flags = 0;
    *reason = "it is not a Draco mesh";
    if (!buffer.Decode(head, sizeof head) || std::memcmp(head, "DRACO", 5) != 0) return false;
    const uint16_t version = static_cast<uint16_t>(head[5] << 8 | head[6]);
    const bool is_mesh = head[7] == 1, edgebreaker = head[8] == 1;
    if (!is_mesh) return false;
    *reason = "its version of Draco is too old";
    if (version < 0x0202) return false;
    *reason = "its header is cut short";
    if (!buffer.Decode(&flags)) return false;
    buffer.set_bitstream_version(version);
    if (flags & 0x8000) {
        draco::GeometryMetadata metadata;
        draco::MetadataDecoder decoder;
        *reason = "its metadata is damaged";
        if (!decoder.DecodeGeometryMetadata(&buffer, &metadata)) return false;
    }
    uint32_t first = 0, second = 0;
    uint8_t traversal = 0;
    *reason = "its header is cut short";
    if (edgebreaker && !buffer.Decode(&traversal)) return false;
    if (!draco::DecodeVarint(&first, &buffer) || !draco::DecodeVarint(&second, &buffer)) return false;
    *reason = "it has more faces or vertices than a model may have";
    return first <= limit && second <= limit;
}

template <typename T>
bool copy(const draco::Mesh &mesh, const draco::PointAttribute &attribute, void *out, size_t out_size) {
    const size_t components = static_cast<size_t>(attribute.num_components());
    if (out_size != mesh.num_points() * components * sizeof(T)) return false;
    T *to = static_cast<T *>(out);
    for (draco::PointIndex i(0); i < mesh.num_points(); ++i) {
        const draco::AttributeValueIndex value = attribute.mapped_index(i);
        if (value.value() >= attribute.size()) return false;
        if (!attribute.ConvertValue<T>(value, static_cast<int8_t>(components), to)) return false;
        to += components;
    }
    return true;
}

template <typename T>
bool copy_indices(const draco::Mesh &mesh, void *out, size_t out_size) {
    if (out_size != static_cast<size_t>(mesh.num_faces()) * 3 * sizeof(T)) return false;
    T *to = static_cast<T *>(out);
    for (draco::FaceIndex f(0); f < mesh.num_faces(); ++f) {
        for (const draco::PointIndex p : mesh.face(f)) {
            if (p.value() > std::numeric_limits<T>::max() || p.value() >= mesh.num_points()) return false;
            *to++ = static_cast<T>(p.value());
        }
    }
    return true;
}

}  // namespace

// The program's: the standard lets it replace these, and it is the one hold on what a library in C++ allocates.
void *operator new(size_t size) { return allocate(size); }
void *operator new[](size_t size) { return allocate(size); }
void operator delete(void *block) noexcept { std::free(block); }
void operator delete[](void *block) noexcept { std::free(block); }
void operator delete(void *block, size_t) noexcept { std::free(block); }
void operator delete[](void *block, size_t) noexcept { std::free(block); }

CDracoMesh *cdraco_decode(const uint8_t *data, size_t size, size_t element_limit, size_t byte_limit, char *message,
                          size_t message_size) {
    try {
        const Allowance within(byte_limit);
        const char *reason = "";
        if (!counts_within(data, size, element_limit, &reason)) {
            explain(message, message_size, reason);
            return nullptr;
        }
        draco::DecoderBuffer buffer;
        buffer.Init(reinterpret_cast<const char *>(data), size);
        draco::Decoder decoder;
        auto result = decoder.DecodeMeshFromBuffer(&buffer);
        if (!result.ok()) {
            explain(message, message_size, result.status().error_msg());
            return nullptr;
        }
        auto mesh = std::make_unique<CDracoMesh>();
        mesh->mesh = std::move(result).value();
        if (mesh->mesh->num_faces() > element_limit || mesh->mesh->num_points() > element_limit) {
            explain(message, message_size, "it has more faces or vertices than a model may have");
            return nullptr;
        }
        return mesh.release();
    } catch (const std::bad_alloc &) {
        explain(message, message_size, "decoding it takes more memory than a mesh of its size may");
    } catch (const std::exception &error) {
        explain(message, message_size, error.what());
    } catch (...) {
        explain(message, message_size, "unknown failure");
    }
    return nullptr;
}

void cdraco_free(CDracoMesh *mesh) { delete mesh; }

size_t cdraco_point_count(const CDracoMesh *mesh) { return mesh->mesh->num_points(); }
size_t cdraco_face_count(const CDracoMesh *mesh) { return mesh->mesh->num_faces(); }

int cdraco_copy_indices(const CDracoMesh *mesh, int component_size, void *out, size_t out_size) {
    switch (component_size) {
        case 1: return copy_indices<uint8_t>(*mesh->mesh, out, out_size);
        case 2: return copy_indices<uint16_t>(*mesh->mesh, out, out_size);
        case 4: return copy_indices<uint32_t>(*mesh->mesh, out, out_size);
        default: return 0;
    }
}

int cdraco_copy_attribute(const CDracoMesh *mesh, uint32_t unique_id, int component_type, int component_count,
                          void *out, size_t out_size) {
    const draco::PointAttribute *attribute = mesh->mesh->GetAttributeByUniqueId(unique_id);
    if (!attribute || attribute->num_components() != component_count) return 0;
    switch (component_type) {
        case 5120: return copy<int8_t>(*mesh->mesh, *attribute, out, out_size);
        case 5121: return copy<uint8_t>(*mesh->mesh, *attribute, out, out_size);
        case 5122: return copy<int16_t>(*mesh->mesh, *attribute, out, out_size);
        case 5123: return copy<uint16_t>(*mesh->mesh, *attribute, out, out_size);
        case 5125: return copy<uint32_t>(*mesh->mesh, *attribute, out, out_size);
        case 5126: return copy<float>(*mesh->mesh, *attribute, out, out_size);
        default: return 0;
    }
}
