// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// etcdWatch shows every change of the keys with a prefix since etcd was empty, each
// once and in order, whatever becomes of the API server: a watch at the API server
// loses what changes while that restarts.
//
// It uses etcd's JSON gateway: https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/
type etcdWatch struct {
	url    string
	prefix string
}

// etcdChange is a key that got a value, or was deleted.
type etcdChange struct {
	key      string
	value    []byte
	revision int64
	deleted  bool
}

// etcdReply is what etcd sends on a watch, a JSON value at a time.
type etcdReply struct {
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
	Result struct {
		Canceled        bool   `json:"canceled"`
		CancelReason    string `json:"cancel_reason"`
		CompactRevision int64  `json:"compact_revision,string"`
		Events          []struct {
			Type string `json:"type"`
			KV   struct {
				Key         []byte `json:"key"`
				Value       []byte `json:"value"`
				ModRevision int64  `json:"mod_revision,string"`
			} `json:"kv"`
		} `json:"events"`
	} `json:"result"`
}

// errMissed says that changes were not shown, nor can be.
var errMissed = errors.New("etcd has forgotten what changed")

// follow shows changes until the context ends, or something fails.
func (w *etcdWatch) follow(ctx context.Context, show func(etcdChange)) error {
	body, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // it was read
	for replies := json.NewDecoder(body); ; {
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
			show(etcdChange{
				key: string(event.KV.Key), value: event.KV.Value, revision: event.KV.ModRevision, deleted: event.Type == "DELETE",
			})
		}
	}
}

// open begins a watch at the first revision.
func (w *etcdWatch) open(ctx context.Context) (io.ReadCloser, error) {
	request, err := json.Marshal(map[string]any{"create_request": map[string]any{
		"key": []byte(w.prefix), "range_end": []byte(endOf(w.prefix)), "start_revision": 1,
	}})
	if err != nil {
		return nil, fmt.Errorf("write a request to etcd: %w", err)
	}
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/v3/watch", bytes.NewReader(request))
	if err != nil {
		return nil, fmt.Errorf("make a request to etcd: %w", err)
	}
	response, err := http.DefaultClient.Do(post)
	if err != nil {
		return nil, fmt.Errorf("watch etcd: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close() // it is of no interest
		return nil, fmt.Errorf("watch etcd: it answers %s", response.Status)
	}
	return response.Body, nil
}

// endOf returns the first key behind all that begin with a prefix that ends with a slash.
func endOf(prefix string) string { return strings.TrimSuffix(prefix, "/") + "0" }
