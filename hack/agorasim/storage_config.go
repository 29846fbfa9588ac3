// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"math"
	"slices"
	"strings"
	"time"
)

// maxExpiration is the largest number that every JSON decoder keeps.
const maxExpiration = 1 << 53

// StorageConfig is where the files of a recording go, and the credentials with
// which they are written. JSON never has these.
type StorageConfig struct {
	Vendor         int      `json:"vendor"`
	Region         int      `json:"region"`
	Bucket         string   `json:"bucket"`
	FileNamePrefix []string `json:"fileNamePrefix,omitempty"`

	AccessKey string `json:"-"`
	SecretKey string `json:"-"`
	STSToken  string `json:"-"`

	// Temporary says whether there is an STS token, and STSExpiration when that
	// expires, in Unix seconds; 0 if it was not said.
	Temporary     bool  `json:"temporary,omitempty"`
	STSExpiration int64 `json:"stsExpiration,omitempty"`
	// ReceivedAt is the simulated time of the call that brought it.
	ReceivedAt time.Time `json:"receivedAt,omitzero"`
}

func (c StorageConfig) clone() StorageConfig {
	c.FileNamePrefix = slices.Clone(c.FileNamePrefix)
	return c
}

// storageConfig reads the object, which must be complete wherever it stands.
func (b requestBody) storageConfig() (StorageConfig, *reply) {
	var config StorageConfig
	for key, value := range map[string]*int{"vendor": &config.Vendor, "region": &config.Region} {
		var ok bool
		if *value, ok = b.requiredNumber(key, 0, math.MaxInt32); !ok {
			return StorageConfig{}, invalidParameter("storageConfig: invalid " + key)
		}
	}
	if !isVendor(config.Vendor) {
		return StorageConfig{}, invalidParameter("storageConfig: invalid vendor")
	}
	if !isRegion(config.Vendor, config.Region) {
		return StorageConfig{}, invalidParameter("storageConfig: invalid region")
	}
	for key, value := range map[string]*string{
		"bucket": &config.Bucket, "accessKey": &config.AccessKey, "secretKey": &config.SecretKey,
	} {
		var ok bool
		if *value, ok = b.text(key); !ok || *value == "" {
			return StorageConfig{}, invalidParameter("storageConfig: " + key + " is required")
		}
	}
	var ok bool
	if config.FileNamePrefix, ok = b.texts("fileNamePrefix"); !ok || !isFileNamePrefix(config.FileNamePrefix) {
		return StorageConfig{}, invalidParameter("storageConfig: invalid fileNamePrefix")
	}
	if wrong := b.wrongExtensionParam(config.Vendor); wrong != "" {
		return StorageConfig{}, invalidParameter("storageConfig: invalid " + wrong)
	}
	return config, b.temporaryCredentials(&config)
}

func (b requestBody) temporaryCredentials(config *StorageConfig) *reply {
	var ok bool
	config.STSToken, ok = b.optionalText("stsToken", "", func(string) bool { return true })
	config.Temporary = config.STSToken != ""
	if !ok || config.Temporary && (config.Vendor < 1 || config.Vendor > lastTemporaryVendor) {
		return invalidParameter("storageConfig: stsToken must be a string, and is for the vendors 1, 2 and 3 alone")
	}
	expiration, ok := b.number("stsExpiration", 0, 0, maxExpiration)
	if !ok {
		return invalidParameter("storageConfig: invalid stsExpiration")
	}
	config.STSExpiration = int64(expiration)
	return nil
}

func configureStorage(r *recorder, request requestBody) *reply {
	storage := request.object("storageConfig")
	if storage == nil {
		return invalidParameter("storageConfig is required")
	}
	config, refusal := storage.storageConfig()
	if refusal != nil {
		return refusal
	}
	r.fileNamePrefix = config.FileNamePrefix
	r.receiveStorage(config, r.startedAt)
	return nil
}

// receiveStorage takes a configuration over. The names of the files are those
// with which the recording began.
func (r *recorder) receiveStorage(config StorageConfig, at time.Time) {
	config.ReceivedAt = at
	r.storageConfig = config
}

// readStorageConfig reads another configuration, which brings fresh
// credentials.
func readStorageConfig(_ *recorder, storage requestBody) (change, *reply) {
	config, refusal := storage.storageConfig()
	if refusal != nil {
		return nil, refusal
	}
	return func(change changing) {
		s, r := change.simulator, change.recorder
		r.updates.StorageConfig++
		r.receiveStorage(config, change.at)
		r.storageRefused = !s.opens(config)
		s.expectOutage(r)
	}, nil
}

func isFileNamePrefix(elements []string) bool {
	for _, element := range elements {
		other := func(c rune) bool { return !isLetterOrDigit(c) }
		if element == "" || strings.ContainsFunc(element, other) {
			return false
		}
	}
	return len(strings.Join(elements, "/")) <= maxFileNamePrefixBytes
}
