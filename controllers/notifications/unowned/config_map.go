// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// writeTimeout limits a write of the ConfigMap.
const writeTimeout = 10 * time.Second

// store keeps recordings in the ConfigMap. Each recording has its own key, so that
// replicas can write independently. The operator's shards share the ConfigMap.
type store struct {
	client    client.Client
	namespace string
	// prefix is the prefix of the shard's keys.
	prefix string
}

func newStore(writer client.Client, namespace, shard string) store {
	s := store{client: writer, namespace: namespace}
	if shard != "" {
		s.prefix = shard + "."
	}
	return s
}

// write writes recordings. It removes a recording whose value is nil. It returns the resulting
// version of the ConfigMap, which is empty if there was no ConfigMap to remove anything from.
func (s store) write(ctx context.Context, changes map[string]*Recording) (version string, err error) {
	data := map[string]*string{}
	for sid, recording := range changes {
		if recording == nil {
			data[s.prefix+sid] = nil
			continue
		}
		text, err := encode(*recording)
		if err != nil {
			return "", err
		}
		data[s.prefix+sid] = &text
	}
	patch, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return "", fmt.Errorf("encode the unowned recordings: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	configMap := s.configMap()
	err = s.client.Patch(ctx, configMap, client.RawPatch(types.MergePatchType, patch))
	if apierrors.IsNotFound(err) {
		configMap, err = s.create(ctx, data)
	}
	if err != nil {
		return "", fmt.Errorf("write the unowned recordings: %w", err)
	}
	return configMap.ResourceVersion, nil
}

// encode writes JSON without escaping characters that are special only in HTML.
func encode(recording Recording) (string, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(recording); err != nil {
		return "", fmt.Errorf("encode an unowned recording: %w", err)
	}
	return strings.TrimSpace(buffer.String()), nil
}

// create creates the ConfigMap, if there is anything to write.
func (s store) create(ctx context.Context, data map[string]*string) (*corev1.ConfigMap, error) {
	configMap := s.configMap()
	configMap.Data = map[string]string{}
	for key, text := range data {
		if text != nil {
			configMap.Data[key] = *text
		}
	}
	if len(configMap.Data) == 0 {
		return configMap, nil
	}
	return configMap, s.client.Create(ctx, configMap) //nolint:wrapcheck // write says what was being done
}

func (s store) configMap() *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: v1alpha1.UnownedConfigMapName}}
}

// read returns the shard's recordings in a ConfigMap and the number of invalid entries.
func (s store) read(configMap *corev1.ConfigMap) (recordings map[string]Recording, unreadable int) {
	recordings = map[string]Recording{}
	for key, text := range configMap.Data {
		sid, isOurs := strings.CutPrefix(key, s.prefix)
		if !isOurs || !sids.MatchString(sid) {
			continue
		}
		recording, ok := decode(sid, text)
		if !ok {
			unreadable++
			continue
		}
		recordings[sid] = recording
	}
	return recordings, unreadable
}

// decode returns the recording of an entry. It returns false if the entry is invalid.
func decode(sid, text string) (recording Recording, ok bool) {
	err := json.Unmarshal([]byte(text), &recording)
	return recording, err == nil && recording.SID == sid
}

// ReadAll returns the recordings of all shards in a ConfigMap, sorted by sid, and the
// number of invalid entries.
func ReadAll(configMap *corev1.ConfigMap) (recordings []Recording, unreadable int) {
	for _, key := range slices.Sorted(maps.Keys(configMap.Data)) {
		// No sid has a dot.
		sid := key[strings.LastIndex(key, ".")+1:]
		recording, ok := decode(sid, configMap.Data[key])
		if !ok || !sids.MatchString(sid) {
			unreadable++
			continue
		}
		recordings = append(recordings, recording)
	}
	slices.SortStableFunc(recordings, func(a, b Recording) int { return cmp.Compare(a.SID, b.SID) })
	return recordings, unreadable
}

// cacheOptions returns options to cache only this ConfigMap. The manager's cache does not
// contain it: that cache has only the ConfigMaps of the journal, and only their metadata.
func cacheOptions(namespace string) cache.ByObject {
	return cache.ByObject{Namespaces: map[string]cache.Config{
		namespace: {FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, v1alpha1.UnownedConfigMapName)},
	}}
}
