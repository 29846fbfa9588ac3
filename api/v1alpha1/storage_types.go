// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// StorageSpec says where the recorded files go. It mirrors the storageConfig of Agora's
// start method.
//
// +kubebuilder:validation:XValidation:rule="self.vendor != 11 || has(self.endpoint)",message="spec.storage.endpoint must be set for vendor 11: give the address of the service, such as storage.example.com"
// +kubebuilder:validation:XValidation:rule="has(self.credentialsSecretRef) || has(self.readCredentialsSecretRef)",message="set spec.storage.readCredentialsSecretRef, a Secret with a key that may list and read the bucket, or spec.storage.credentialsSecretRef"
// +kubebuilder:validation:XValidation:rule="!has(self.fileNamePrefix) || self.fileNamePrefix.join('/').size() <= 128",message="spec.storage.fileNamePrefix must not be longer than 128 characters, including a slash between its elements"
// +kubebuilder:validation:XValidation:rule="!has(self.extensionParams) || !has(self.extensionParams.sse) || self.vendor == 1",message="spec.storage.extensionParams.sse is for vendor 1, Amazon S3, only"
// +kubebuilder:validation:XValidation:rule="!has(self.extensionParams) || !has(self.extensionParams.tag) || self.vendor in [1, 2]",message="spec.storage.extensionParams.tag is for the vendors 1, Amazon S3, and 2, Alibaba Cloud, only"
type StorageSpec struct {
	// vendor is Agora's number for the storage service: 1 Amazon S3, 2 Alibaba Cloud, 3 Tencent
	// Cloud, 5 Microsoft Azure, 6 Google Cloud, 7 Huawei Cloud, 8 Baidu AI Cloud, 11 any other
	// service that is compatible with S3.
	// +required
	Vendor int32 `json:"vendor"`

	// region is Agora's number for the region of the bucket. It is 0 for the vendors 5, 6
	// and 11.
	// +required
	// +kubebuilder:validation:Minimum=0
	Region int32 `json:"region"`

	// bucket is the name of the bucket. For vendor 5 it is the name of the container.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9][A-Za-z0-9._-]*$')",message="spec.storage.bucket must be the name of a bucket: letters, digits, -, _ and . only"
	Bucket string `json:"bucket"`

	// fileNamePrefix is the folder of the files in the bucket, with an element for each
	// level: ["rec", "room1"] means rec/room1/. For an adopted recording it must be what
	// start was called with.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.all(element, element.matches('^[A-Za-z0-9]+$'))",message="spec.storage.fileNamePrefix must hold elements of letters and digits only, one for each folder: Agora refuses other characters"
	FileNamePrefix []string `json:"fileNamePrefix,omitempty"`

	// endpoint is the address of the storage service, if it is not the vendor's usual one:
	// a host with or without a port, or a URL. It is required for vendor 11. The operator's
	// --allowed-storage-endpoints must allow it.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^(https?://)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?$')",message="spec.storage.endpoint must be a host such as storage.example.com, with or without https:// before and a port after it"
	Endpoint string `json:"endpoint,omitempty"`

	// extensionParams says how Agora writes the files of a recording that is started by
	// spec.start.
	// +optional
	ExtensionParams *StorageExtensionParams `json:"extensionParams,omitempty"`

	// credentialsSecretRef names the Secret with the key with which Agora writes to the
	// bucket. The operator checks the bucket with it if readCredentialsSecretRef is not
	// set. Agora's key should be able to write only.
	// +optional
	CredentialsSecretRef *StorageSecretReference `json:"credentialsSecretRef,omitempty"`

	// readCredentialsSecretRef names the Secret with the key with which the operator checks
	// the bucket. The key needs the rights to list and to read the bucket, and no others.
	// +optional
	ReadCredentialsSecretRef *StorageSecretReference `json:"readCredentialsSecretRef,omitempty"`
}

// StorageExtensionParams is Agora's extensionParams of storageConfig.
type StorageExtensionParams struct {
	// sse is how Amazon S3 encrypts the files: kms or aes256.
	// +optional
	// +kubebuilder:validation:Enum=kms;aes256
	SSE string `json:"sse,omitempty"`

	// tag is a tag for the files.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	Tag string `json:"tag,omitempty"`
}

// StorageSecretReference names a Secret in the namespace of the object.
type StorageSecretReference struct {
	// name of a Secret in the same namespace with the keys accessKey and secretKey. For
	// vendor 5 these are the name of the storage account and its key. Optional keys:
	// stsToken, for a key that expires, and stsExpiration, the time in seconds since 1970
	// at which it expires. Put a fresh key into the Secret before that time. A running
	// recording that was started by spec.start gets it at once, and gets the content of the
	// Secret again every 45 minutes.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",message="the name of a storage Secret must be that of a Secret in the same namespace: lower-case letters, digits, - and ."
	Name string `json:"name"`
}

// StorageVerification is what the operator found in the bucket.
type StorageVerification struct {
	// location is where the operator looked for the files: the host, the bucket and the folder.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Location string `json:"location,omitempty"`

	// time is the time since which the bucket has looked like this.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^[0-9-]{10}T[0-9:]{8}([.][0-9]{1,9})?Z$`
	Time metav1.Time `json:"time"`

	// indexes is the number of index files (M3U8 or MPD) found.
	// +optional
	Indexes int32 `json:"indexes,omitempty"`

	// slices is the number of slices found that an index refers to.
	// +optional
	Slices int32 `json:"slices,omitempty"`

	// mp4s is the number of MP4 files found.
	// +optional
	MP4s int32 `json:"mp4s,omitempty"`

	// screenshots is the number of screenshots found.
	// +optional
	Screenshots int32 `json:"screenshots,omitempty"`

	// bytes is the total size of the files found.
	// +optional
	Bytes int64 `json:"bytes,omitempty"`

	// playableSeconds is the total length of the slices found, according to the indexes.
	// +optional
	PlayableSeconds int64 `json:"playableSeconds,omitempty"`

	// missing is the number of files that are missing or empty, or that are indexes without an
	// end or without a slice.
	// +optional
	Missing int32 `json:"missing,omitempty"`

	// missingFiles are the names of the first 20 of them. A missing MP4 file that a start
	// requested has no name.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=1024
	MissingFiles []string `json:"missingFiles,omitempty"`
}
