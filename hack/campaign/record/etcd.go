// SPDX-License-Identifier: Apache-2.0

package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// follower delivers every change of the objects under a key prefix since etcd was empty, each
// once and in order, whatever happens to the API server. A watch of the API server would lose
// the changes during its restart.
//
// It uses etcd's JSON gateway: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
type follower struct {
	etcd, prefix string
	decoder      runtime.Decoder
	// known are the last versions by key.
	known map[string]client.Object
	note  func(shown client.Object, deleted bool) error
}

// etcdReply is a message of an etcd watch, which is a stream of JSON values.
type etcdReply struct {
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
	Result struct {
		Canceled        bool        `json:"canceled"`
		CancelReason    string      `json:"cancel_reason"`
		CompactRevision int64       `json:"compact_revision,string"`
		Events          []etcdEvent `json:"events"`
	} `json:"result"`
}

// etcdEvent is the update or deletion of a key.
type etcdEvent struct {
	Type string `json:"type"`
	KV   struct {
		Key         []byte `json:"key"`
		Value       []byte `json:"value"`
		ModRevision int64  `json:"mod_revision,string"`
	} `json:"kv"`
}

// errMissed means that changes were missed and cannot be recovered.
var errMissed = errors.New("etcd has forgotten what changed")

// follow delivers changes until the context ends or an error occurs.
func (f *follower) follow(ctx context.Context) error {
	response, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("watch etcd: it answers %s", response.Status)
	}
	for replies := json.NewDecoder(response.Body); ; {
		var reply etcdReply
		if err := replies.Decode(&reply); err != nil {
			return fmt.Errorf("read what changed in etcd: %w", err)
		}
		result := reply.Result
		switch {
		case reply.Error != nil:
			return fmt.Errorf("watch etcd: it answers %s", reply.Error.Message)
		case result.CompactRevision > 0:
			return fmt.Errorf("%w before its revision %d", errMissed, result.CompactRevision)
		case result.Canceled:
			return fmt.Errorf("etcd ended the watch: %s", result.CancelReason)
		}
		for _, event := range result.Events {
			if err := f.show(event); err != nil {
				return fmt.Errorf("read %s in etcd: %w", event.KV.Key, err)
			}
		}
	}
}

// open starts a watch at the first revision.
func (f *follower) open(ctx context.Context) (*http.Response, error) {
	// The range ends at the first key after those that start with the prefix and its slash.
	end := strings.TrimSuffix(f.prefix, "/") + "0"
	// Such a request always encodes.
	request, _ := json.Marshal(map[string]any{"create_request": map[string]any{
		"key": []byte(f.prefix), "range_end": []byte(end), "start_revision": 1,
	}})
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, f.etcd+"/v3/watch", bytes.NewReader(request))
	if err != nil {
		return nil, fmt.Errorf("make a request to etcd: %w", err)
	}
	response, err := http.DefaultClient.Do(post)
	if err != nil {
		return nil, fmt.Errorf("watch etcd: %w", err)
	}
	return response, nil
}

func (f *follower) show(event etcdEvent) error {
	key, deleted := string(event.KV.Key), event.Type == "DELETE"
	var shown runtime.Object
	var err error
	if known, ok := f.known[key]; deleted && ok {
		shown = known.DeepCopyObject()
		delete(f.known, key)
	} else if shown, _, err = f.decoder.Decode(event.KV.Value, nil, nil); err != nil {
		return err
	}
	changed, isObject := shown.(client.Object)
	if !isObject {
		return errors.New("it is not an object")
	}
	changed.SetResourceVersion(strconv.FormatInt(event.KV.ModRevision, 10))
	if !deleted {
		f.known[key] = changed
	}
	return f.note(changed, deleted)
}
