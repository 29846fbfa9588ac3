// SPDX-License-Identifier: Apache-2.0

package storage

import "strings"

// Location is where the files of a recording go. It mirrors spec.storage.
type Location struct {
	// Vendor and Region are Agora's numbers.
	Vendor, Region int32

	// Bucket is the name of the bucket, or of Azure's container.
	Bucket string

	// Endpoint is the address of the service where the vendor's own does not
	// fit: a host with or without a port, or a URL.
	Endpoint string

	// FileNamePrefix is the folder, an element for each level.
	FileNamePrefix []string
}

// Prefix returns what the keys begin with: "rec/room1/", or nothing.
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

// host returns the address of the service for people, without what an unusable
// endpoint may hold.
func (l Location) host() string {
	address, err := l.address("")
	if err != nil {
		return "[unusable endpoint]"
	}
	return address.hostPort() + address.path
}

// address returns the address of the service. Azure's own has the name of the
// storage account in front.
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
