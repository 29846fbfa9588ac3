// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	// accountName is Azure's rule for the name of a storage account. The name becomes
	// part of a host name.
	accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

	// bucketName prevents the name of a bucket from changing the address or the path.
	bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$`)

	// hostLabel matches bucket names that are valid in a host name with a wildcard
	// certificate.
	hostLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// Target is a bucket at an allowed address.
type Target struct {
	// Name is the address for messages. It omits the name of the Azure account, which
	// comes from the Secret.
	Name string

	// Bucket is the name of the bucket.
	Bucket string

	service service
	address address

	// inHost is true if the host name contains the bucket's name.
	inHost bool
}

// Resolve returns the target of requests for the location, if the endpoints allow it.
func (e Endpoints) Resolve(location Location, credentials Credentials) (Target, *Problem) {
	service, err := serviceOf(location.Vendor, location.Region)
	if err != nil {
		return Target{}, Problemf(EndpointNotAllowed, "Agora has no storage service with the vendor %d and the region %d. Correct spec.storage.", location.Vendor, location.Region)
	}
	if credentials.AccessKey == "" || credentials.SecretKey == "" {
		return Target{}, Problemf(CredentialsRejected, "The storage Secret holds no accessKey or no secretKey. Put both there.")
	}
	if service.vendor == azure && !accountName.MatchString(credentials.AccessKey) {
		return Target{}, Problemf(CredentialsRejected, "The accessKey in the storage Secret is not the name of an Azure storage account, which has 3 to 24 lower-case letters and digits. Put the account's name there.")
	}
	address, err := location.address(credentials.AccessKey)
	if err != nil {
		return Target{}, Problemf(EndpointNotAllowed, "spec.storage.endpoint is not an address that can be used: it must be a host such as storage.example.com, with or without https:// before and a port after it.")
	}
	if !bucketName.MatchString(location.Bucket) {
		return Target{}, Problemf(BucketNotFound, "spec.storage.bucket is not the name of a bucket: it may hold letters, digits, -, _ and . only.")
	}
	found := Target{
		Name:    location.host(),
		Bucket:  location.Bucket,
		service: service,
		address: address,
		inHost:  location.standsInHost(service, address),
	}
	if !e.allowTarget(found) {
		return Target{}, Problemf(EndpointNotAllowed, "The operator may not send requests to %s://%s. Whoever runs the operator can allow it with --allowed-storage-endpoints.", address.scheme, found.Name)
	}
	if found.inHost && !hostLabel.MatchString(strings.ToLower(location.Bucket)) {
		return Target{}, Problemf(EndpointNotAllowed, "The bucket %s would change the host %s, since with the vendor %d the bucket's name stands before it: it may hold letters, digits and - only. Correct spec.storage.", location.Bucket, found.Name, location.Vendor)
	}
	return found, nil
}

// allowTarget reports whether requests may be sent to the host that is dialed. An allowed
// vendor host also allows the bucket names below it.
func (e Endpoints) allowTarget(target Target) bool {
	return e.allow(target.dialed()) || (target.inHost && e.allow(target.address))
}

// standsInHost reports whether the host name contains the bucket's name. This is the case
// only at the vendor's own hosts: below any other host, a name that is formed from a
// bucket could belong to somebody else.
func (l Location) standsInHost(service service, address address) bool {
	if !service.virtualHosted || !isDocumentedHost(service.vendor, address) {
		return false
	}
	// Amazon also accepts the bucket in the path.
	return service.vendor != amazon || (l.Endpoint == "" && hostLabel.MatchString(l.Bucket))
}

// dialed returns the address that requests for the bucket are sent to.
func (t Target) dialed() address {
	address := t.address
	if t.inHost {
		address.host = strings.ToLower(t.Bucket) + "." + address.host
	}
	return address
}

// URL returns the address of the bucket.
func (t Target) URL() *url.URL {
	address := t.dialed()
	if !t.inHost {
		address.path += "/" + t.Bucket
	}
	return address.url()
}

// IsAzure reports whether the service uses Azure's protocol rather than S3.
func (t Target) IsAzure() bool { return t.service.vendor == azure }

// SigningRegion returns the region for the signatures of requests.
func (t Target) SigningRegion() string { return t.service.signingRegion }

// ListsLikeV1 reports whether only version 1 of the list API is known to work.
func (t Target) ListsLikeV1() bool { return t.service.listsLikeV1 }
