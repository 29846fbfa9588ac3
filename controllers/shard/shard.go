// SPDX-License-Identifier: Apache-2.0

package shard

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Shard is the part of all recordings that a manager and its replicas look after. The zero
// value is all recordings.
type Shard struct {
	namespaces []string
	selector   labels.Selector
}

// Parse reads namespaces, separated by commas, and a label selector. Either is no
// restriction if empty.
func Parse(namespaces, selector string) (Shard, error) {
	var named []string
	for namespace := range strings.SplitSeq(namespaces, ",") {
		namespace = strings.TrimSpace(namespace)
		if namespace == "" {
			continue
		}
		if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
			return Shard{}, fmt.Errorf("%q cannot be a namespace: %s", namespace, strings.Join(problems, ", "))
		}
		named = append(named, namespace)
	}
	parsed, err := labels.Parse(selector)
	if err != nil {
		return Shard{}, fmt.Errorf("%q cannot be a label selector: %w", selector, err)
	}
	if parsed.Empty() {
		parsed = nil
	}
	return New(named, parsed), nil
}

// New returns the shard of what a selector selects in some namespaces. Either is no
// restriction if empty.
func New(namespaces []string, selector labels.Selector) Shard {
	return Shard{namespaces: slices.Compact(slices.Sorted(slices.Values(namespaces))), selector: selector}
}

// shardNameBytes is how many bytes of a hash distinguish shards.
const shardNameBytes = 5

// Name distinguishes shards, and is the same for all replicas of a shard. It is part of the
// names of what they share. It is empty for the shard of all recordings.
func (s Shard) Name() string {
	if len(s.namespaces) == 0 && s.selector == nil {
		return ""
	}
	selector := ""
	if s.selector != nil {
		selector = s.selector.String()
	}
	hash := sha256.Sum256([]byte(strings.Join(s.namespaces, ",") + ";" + selector))
	return hex.EncodeToString(hash[:shardNameBytes])
}

// Restrict limits the options of a cache to the objects of the shard.
func (s Shard) Restrict(options cache.Options) cache.Options {
	options.ByObject = map[client.Object]cache.ByObject{}
	if s.selector != nil {
		options.ByObject[&v1alpha1.CloudRecording{}] = cache.ByObject{Label: s.selector}
	}
	for _, namespace := range s.namespaces {
		if options.DefaultNamespaces == nil {
			options.DefaultNamespaces = map[string]cache.Config{}
		}
		options.DefaultNamespaces[namespace] = cache.Config{}
	}
	return options
}

// Namespaces returns the namespaces of the shard. All if empty.
func (s Shard) Namespaces() []string { return slices.Clone(s.namespaces) }

// Selector returns the label selector of a shard that has one.
func (s Shard) Selector() string { return s.selector.String() }

// SelectsByLabels reports whether a recording can leave the shard.
func (s Shard) SelectsByLabels() bool { return s.selector != nil }

// Matches reports whether the labels of an object match the shard's selector.
func (s Shard) Matches(object client.Object) bool {
	return s.selector == nil || s.selector.Matches(labels.Set(object.GetLabels()))
}

// NamespaceScopes returns the options to list the recordings in the shard's namespaces,
// whatever their labels.
func (s Shard) NamespaceScopes() [][]client.ListOption {
	return Shard{namespaces: s.namespaces}.Scopes()
}

// Scopes returns the options to list the shard's recordings at the API server, one list for
// each namespace.
func (s Shard) Scopes() [][]client.ListOption {
	var common []client.ListOption
	if s.selector != nil {
		common = append(common, client.MatchingLabelsSelector{Selector: s.selector})
	}
	if len(s.namespaces) == 0 {
		return [][]client.ListOption{common}
	}
	scopes := make([][]client.ListOption, 0, len(s.namespaces))
	for _, namespace := range s.namespaces {
		scopes = append(scopes, append([]client.ListOption{client.InNamespace(namespace)}, common...))
	}
	return scopes
}

// ScopesIn returns the options to list the shard's recordings in some of its namespaces.
func (s Shard) ScopesIn(namespaces []string) [][]client.ListOption {
	if len(namespaces) == 0 {
		return nil
	}
	return Shard{namespaces: namespaces, selector: s.selector}.Scopes()
}

// ListPage is how many recordings are read at once: each may be as large as the API server
// allows.
const ListPage = 100

// Field is the selectable field by which the API server finds the recordings that a shard's
// operator looks after.
const Field = "status.shard"
