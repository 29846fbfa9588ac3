// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	// batchNamePrefix is the prefix of the names of the journal's ConfigMaps.
	batchNamePrefix = "cloudrecording-notifications-"

	// acceptedLabelValue is the prefix of the value of v1alpha1.NotificationsLabel.
	acceptedLabelValue = "accepted"

	// batchKey is the ConfigMap key that holds the batch.
	batchKey = "notifications.json"

	// batchVersion is the version of the format.
	batchVersion = 1

	// largestBatchBytes is more memory than any ConfigMap can take.
	largestBatchBytes = 4 << 20
)

// batch is the content of a ConfigMap of the journal.
type batch struct {
	Version int `json:"version"`
	// Entries are decoded one by one, so that an invalid entry does not affect the
	// others.
	Entries []json.RawMessage `json:"entries"`
}

// entry is an accepted event.
type entry struct {
	Event      notifications.Event `json:"event"`
	Recipients []address           `json:"recipients"`
}

// address identifies a recording that an event is for.
type address struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid"`
}

func newEntry(event notifications.Event, recipients []notifications.Recipient) entry {
	e := entry{Event: event}
	for _, recipient := range recipients {
		e.Recipients = append(e.Recipients, address{
			Namespace: recipient.Name.Namespace, Name: recipient.Name.Name, UID: recipient.UID,
		})
	}
	return e
}

// batchLabelValue returns the value of v1alpha1.NotificationsLabel. Each shard has its
// own journal. The shard of all recordings has no name.
func batchLabelValue(shard string) string {
	if shard == "" {
		return acceptedLabelValue
	}
	return acceptedLabelValue + "-" + shard
}

// newBatch returns a ConfigMap with encoded entries for recordings of one namespace. The
// bytes are the memory that the entries take.
func newBatch(name, namespace, shard, of string, entries []json.RawMessage, bytes int) (*corev1.ConfigMap, error) {
	content, err := encode(batch{Version: batchVersion, Entries: entries})
	if err != nil {
		return nil, err
	}
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace,
			Name:      name,
			Labels: map[string]string{
				v1alpha1.NotificationsLabel: batchLabelValue(shard), v1alpha1.NotificationsNamespaceLabel: of,
			},
			Annotations: map[string]string{v1alpha1.NotificationsBytesAnnotation: strconv.Itoa(bytes)},
		},
		Immutable: ptr.To(true),
		Data:      map[string]string{batchKey: string(content)},
	}, nil
}

// newBatchName returns a unique name for a new ConfigMap.
func newBatchName() string { return batchNamePrefix + string(uuid.NewUUID()) }

// statedBytes returns the memory that a ConfigMap takes according to its annotation.
// Without a valid annotation, it returns more than any ConfigMap can take.
func statedBytes(metadata metav1.Object) int {
	stated, err := strconv.Atoi(metadata.GetAnnotations()[v1alpha1.NotificationsBytesAnnotation])
	if err != nil || stated <= 0 || stated > largestBatchBytes {
		return largestBatchBytes
	}
	return stated
}

// readBatch reads the entries of a ConfigMap and counts the invalid ones. It fails if the
// batch as a whole is invalid.
func readBatch(configMap *corev1.ConfigMap) (entries []entry, unreadable int, err error) {
	var held batch
	if err := json.Unmarshal([]byte(configMap.Data[batchKey]), &held); err != nil {
		return nil, 0, fmt.Errorf("read the key %s: %w", batchKey, err)
	}
	if held.Version != batchVersion {
		return nil, 0, fmt.Errorf("the format has version %d, and only version %d is known", held.Version, batchVersion)
	}
	for _, raw := range held.Entries {
		var decoded entry
		if err := json.Unmarshal(raw, &decoded); err != nil || len(decoded.Recipients) == 0 {
			unreadable++
			continue
		}
		entries = append(entries, decoded)
	}
	if len(entries) == 0 {
		return nil, unreadable, errors.New("there is no entry that makes sense")
	}
	return entries, unreadable, nil
}

// encode writes JSON without escaping characters that are special only in HTML.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode accepted notifications: %w", err)
	}
	return bytes.TrimSpace(buffer.Bytes()), nil
}

// isBatch reports whether a ConfigMap belongs to the journal.
func isBatch(metadata metav1.Object, namespace, shard string) bool {
	return metadata.GetNamespace() == namespace && metadata.GetLabels()[v1alpha1.NotificationsLabel] == batchLabelValue(shard)
}

// batchMetadata returns an object for ConfigMap metadata.
func batchMetadata() *metav1.PartialObjectMetadata {
	metadata := &metav1.PartialObjectMetadata{}
	metadata.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	return metadata
}

// CacheByObject returns how the manager must cache ConfigMaps: only those of the shard's
// journal, in its namespace.
func CacheByObject(namespace, shard string) cache.ByObject {
	return cache.ByObject{
		Namespaces: map[string]cache.Config{namespace: {}},
		Label:      labels.SelectorFromSet(labels.Set{v1alpha1.NotificationsLabel: batchLabelValue(shard)}),
		Transform:  cache.TransformStripManagedFields(),
	}
}
