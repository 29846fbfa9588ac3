// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	// bucketName keeps a bucket's name from changing the address or the path.
	bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$`)

	// hostLabel is a bucket's name that may stand in a host name for which a
	// certificate with a wildcard is valid.
	hostLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// target is a bucket at an address that is allowed.
type target struct {
	// name is the address for people, without the name of Azure's account, which
	// stands in the Secret.
	name    string
	service service
	address address
	bucket  string

	// inHost is whether the bucket's name stands in the host name.
	inHost bool
}

// resolve returns where the requests for the location go, once the endpoints
// allow it.
func (e Endpoints) resolve(location Location, credentials Credentials) (target, *Problem) {
	service, err := serviceOf(location.Vendor, location.Region)
	if err != nil {
		return target{}, problem(EndpointNotAllowed, "Agora has no storage service with the vendor %d and the region %d. Correct spec.storage.", location.Vendor, location.Region)
	}
	if credentials.AccessKey == "" || credentials.SecretKey == "" {
		return target{}, problem(CredentialsRejected, "The storage Secret holds no accessKey or no secretKey. Put both there.")
	}
	if service.vendor == azure && !accountName.MatchString(credentials.AccessKey) {
		return target{}, problem(CredentialsRejected, "The accessKey in the storage Secret is not the name of an Azure storage account, which has 3 to 24 lower-case letters and digits. Put the account's name there.")
	}
	address, err := location.address(credentials.AccessKey)
	if err != nil {
		return target{}, problem(EndpointNotAllowed, "spec.storage.endpoint is not an address that can be used: it must be a host such as storage.example.com, with or without https:// before and a port after it.")
	}
	if !bucketName.MatchString(location.Bucket) {
		return target{}, problem(BucketNotFound, "spec.storage.bucket is not the name of a bucket: it may hold letters, digits, -, _ and . only.")
	}
	found := target{
		name:    location.host(),
		service: service,
		address: address,
		bucket:  location.Bucket,
		inHost:  location.standsInHost(service, address),
	}
	if !e.allowTarget(found) {
		return target{}, problem(EndpointNotAllowed, "The operator may not send requests to %s://%s. Whoever runs the operator can allow it with --allowed-storage-endpoints.", address.scheme, found.name)
	}
	if found.inHost && !hostLabel.MatchString(strings.ToLower(location.Bucket)) {
		return target{}, problem(EndpointNotAllowed, "The bucket %s would change the host %s, since with the vendor %d the bucket's name stands before it: it may hold letters, digits and - only. Correct spec.storage.", location.Bucket, found.name, location.Vendor)
	}
	return found, nil
}

// allowTarget reports whether requests may be sent to the host that is dialed. A
// bucket's own name below a host of its vendor is allowed by that host.
func (e Endpoints) allowTarget(target target) bool {
	return e.allow(target.dialed()) || (target.inHost && e.allow(target.address))
}

// standsInHost reports whether the bucket is addressed by the host name. It is at
// hosts of the vendor only: below any other, a name that a bucket gives could belong
// to somebody else.
func (l Location) standsInHost(service service, address address) bool {
	if !service.virtualHosted || !isDocumentedHost(service.vendor, address) {
		return false
	}
	// Amazon's also takes the bucket in the path.
	return service.vendor != amazon || (l.Endpoint == "" && hostLabel.MatchString(l.Bucket))
}

// dialed returns the address that requests for the bucket are sent to.
func (t target) dialed() address {
	address := t.address
	if t.inHost {
		address.host = strings.ToLower(t.bucket) + "." + address.host
	}
	return address
}

// url returns the address of the bucket.
func (t target) url() *url.URL {
	address := t.dialed()
	if !t.inHost {
		address.path += "/" + t.bucket
	}
	return address.url()
}

// key tells buckets apart.
func (t target) key() string {
	return t.url().String()
}
