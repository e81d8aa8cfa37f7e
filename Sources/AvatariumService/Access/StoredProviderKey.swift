import ServiceStore

/// `ServiceStore`'s `ProviderKey`, which `Speech` has a namesake of. A module cannot be named where a type has its name.
typealias StoredProviderKey = ProviderKey
