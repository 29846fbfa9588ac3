// SPDX-License-Identifier: Apache-2.0

package storage

import "strings"

// Location is where the files of a recording are uploaded. It mirrors spec.storage.
type Location struct {
	// Vendor and Region are Agora's numbers for them.
	Vendor, Region int32

	// Bucket is the name of the bucket, or of Azure's container.
	Bucket string

	// Endpoint overrides the vendor's own address. It is a host, with or without a port,
	// or a URL.
	Endpoint string

	// FileNamePrefix is the folder, one element for each level.
	FileNamePrefix []string
}

// Prefix returns the prefix of all keys, such as "rec/room1/". It may be empty.
func (l Location) Prefix() string {
	if len(l.FileNamePrefix) == 0 {
		return ""
	}
	return strings.Join(l.FileNamePrefix, "/") + "/"
}

// String returns the host, the bucket and the folder, such as
// "s3.us-east-1.amazonaws.com/recordings/rec/room1/".
func (l Location) String() string {
	return l.host() + "/" + l.Bucket + "/" + l.Prefix()
}

// host returns the address of the service for messages. It hides an unusable endpoint,
// because that may contain anything.
func (l Location) host() string {
	address, err := l.address("")
	if err != nil {
		return "[unusable endpoint]"
	}
	return address.hostPort() + address.path
}

// address returns the address of the service. Azure's own address begins with the name of
// the storage account.
func (l Location) address(account string) (address, error) {
	service, err := serviceOf(l.Vendor, l.Region)
	if err != nil {
		return address{}, err
	}
	if l.Endpoint != "" {
		return parseAddress(l.Endpoint)
	}
	host := service.host
	if service.vendor == azure && account != "" {
		host = account + "." + host
	}
	return parseAddress(host)
}
