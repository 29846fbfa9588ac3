// SPDX-License-Identifier: Apache-2.0

package request

import (
	"math"
	"strings"

	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// maxExpiration is the largest number that every JSON decoder preserves.
const maxExpiration = 1 << 53

const maxFileNamePrefixBytes = 128

// storageConfig reads a storageConfig, which must be complete in every request.
func (b Body) storageConfig() (recorder.StorageConfig, *Refusal) {
	var config recorder.StorageConfig
	for key, value := range map[string]*int{"vendor": &config.Vendor, "region": &config.Region} {
		var ok bool
		if *value, ok = b.requiredNumber(key, 0, math.MaxInt32); !ok {
			return recorder.StorageConfig{}, invalid("storageConfig: invalid " + key)
		}
	}
	if !isVendor(config.Vendor) {
		return recorder.StorageConfig{}, invalid("storageConfig: invalid vendor")
	}
	if !isRegion(config.Vendor, config.Region) {
		return recorder.StorageConfig{}, invalid("storageConfig: invalid region")
	}
	for key, value := range map[string]*string{
		"bucket": &config.Bucket, "accessKey": &config.AccessKey, "secretKey": &config.SecretKey,
	} {
		var ok bool
		if *value, ok = b.Text(key); !ok || *value == "" {
			return recorder.StorageConfig{}, invalid("storageConfig: " + key + " is required")
		}
	}
	var ok bool
	if config.FileNamePrefix, ok = member[[]string](b, "fileNamePrefix", nil); !ok || !isFileNamePrefix(config.FileNamePrefix) {
		return recorder.StorageConfig{}, invalid("storageConfig: invalid fileNamePrefix")
	}
	if wrong := b.wrongExtensionParam(config.Vendor); wrong != "" {
		return recorder.StorageConfig{}, invalid("storageConfig: invalid " + wrong)
	}
	refusal := b.temporaryCredentials(&config)
	return config, refusal
}

func (b Body) temporaryCredentials(config *recorder.StorageConfig) *Refusal {
	var ok bool
	config.STSToken, ok = member(b, "stsToken", "")
	config.Temporary = config.STSToken != ""
	if !ok || config.Temporary && (config.Vendor < 1 || config.Vendor > lastTemporaryVendor) {
		return invalid("storageConfig: stsToken must be a string, and is for the vendors 1, 2 and 3 alone")
	}
	expiration, ok := b.number("stsExpiration", 0, 0, maxExpiration)
	if !ok {
		return invalid("storageConfig: invalid stsExpiration")
	}
	config.STSExpiration = int64(expiration)
	return nil
}

func configureStorage(r *recorder.Recorder, client Body) *Refusal {
	storage := client.object("storageConfig")
	if storage == nil {
		return invalid("storageConfig is required")
	}
	config, refusal := storage.storageConfig()
	if refusal != nil {
		return refusal
	}
	config.ReceivedAt = r.StartedAt
	r.Storage, r.FileNamePrefix = config, config.FileNamePrefix
	return nil
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
