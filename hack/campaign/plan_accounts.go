// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
)

// account is one of Agora's accounts.
type account struct {
	name  string
	appID string
	// limit is how many requests a second it may send.
	limit int
	// customers are its credentials that the operator knows.
	customers []string
	// named says that its Secrets name the account.
	named bool
	// share is what the Secrets say of the limit, where the operators of several
	// shards use the account; zero if one may use all of it.
	share int
	// silent says that Agora sends no notifications: an App ID has one address for
	// them, and the recordings are not of one shard.
	silent bool
	// otherClients is a customer ID by which others use it too; empty for none.
	otherClients string
}

// allCustomers returns the credentials that there are, those of others too.
func (a account) allCustomers() []string {
	if a.otherClients == "" {
		return a.customers
	}
	return append(slices.Clone(a.customers), a.otherClients)
}

// object names an object.
type object struct{ namespace, name string }

func (o object) String() string { return o.namespace + "/" + o.name }

// place is where the credentials of a customer stand.
type place struct {
	secret   object
	account  string
	customer string
}

// The namespaces. One of them is deleted with everything in it.
const (
	namespaceA    = "team-a"
	namespaceB    = "team-b"
	namespaceC    = "team-c"
	namespaceGone = "team-gone"

	operatorNamespace = "operator"
)

func namespaces() []string { return []string{namespaceA, namespaceB, namespaceC, namespaceGone} }

// The Secrets that stand in every namespace.
const (
	bucketSecret = "bucket"
	writerSecret = "bucket-writer"
	tokenSecret  = "token"
)

// defaultLimit is the limit of requests a second that Agora gives everybody.
const defaultLimit = 10

// raised is the account whose limit Agora has raised.
const raised = "charlie"

// divided is the account that the operators of two shards share.
const divided = "echo"

// accounts returns those that there are: one with the usual limit whose
// credentials stand in two namespaces, one of which several credentials share a
// budget by its name, one with a raised limit, one that others use too, and one
// that two shards share.
func accounts() []account {
	return []account{
		{name: "alpha", appID: "a1fa0000000000000000000000000000", limit: defaultLimit, customers: []string{"alpha-1"}},
		{name: "bravo", appID: "b2ab0000000000000000000000000000", limit: defaultLimit, customers: []string{"bravo-1", "bravo-2"}, named: true},
		{name: raised, appID: "c3a20000000000000000000000000000", limit: 100, customers: []string{"charlie-1"}},
		{name: "delta", appID: "d4e10000000000000000000000000000", limit: defaultLimit, customers: []string{"delta-1"}, otherClients: "delta-others"},
		{name: divided, appID: "e5c40000000000000000000000000000", limit: defaultLimit, share: 5, customers: []string{"echo-1"}, silent: true},
	}
}

// places returns where the credentials stand.
func places() []place {
	return []place{
		{object{namespaceA, "alpha"}, "alpha", "alpha-1"},
		{object{namespaceB, "alpha"}, "alpha", "alpha-1"},
		{object{namespaceB, "bravo-1"}, "bravo", "bravo-1"},
		{object{namespaceB, "bravo-2"}, "bravo", "bravo-2"},
		{object{namespaceA, "charlie"}, "charlie", "charlie-1"},
		{object{namespaceC, "charlie"}, "charlie", "charlie-1"},
		{object{namespaceGone, "charlie"}, "charlie", "charlie-1"},
		{object{namespaceC, "delta"}, "delta", "delta-1"},
		{object{namespaceGone, "delta"}, "delta", "delta-1"},
		{object{namespaceB, divided}, divided, "echo-1"},
	}
}

// secrets returns all Secrets, in all namespaces.
func secrets() []object {
	var all []object
	for _, p := range places() {
		all = append(all, p.secret)
	}
	for _, namespace := range namespaces() {
		all = append(all, object{namespace, tokenSecret}, object{namespace, writerSecret}, object{namespace, bucketSecret})
	}
	return all
}

// placeAt returns the place that is a Secret, if it is one.
func placeAt(secret object) (place, bool) {
	return find(places(), func(p place) bool { return p.secret == secret })
}

// placeOf returns the first place of an account.
func placeOf(account string) place {
	found, _ := find(places(), func(p place) bool { return p.account == account })
	return found
}

// accountOf returns the account of a name.
func accountOf(name string) account {
	found, _ := find(accounts(), func(a account) bool { return a.name == name })
	return found
}

// find returns the first of several of which something holds.
func find[C any](all []C, holds func(C) bool) (found C, ok bool) {
	if i := slices.IndexFunc(all, holds); i >= 0 {
		return all[i], true
	}
	return found, false
}

// shard is a part of the recordings, by their labels, that some of the operators
// look after.
type shard string

const (
	// shardMain is what no label says to be another's.
	shardMain shard = ""
	// shardOther is another's.
	shardOther shard = "other"
	// shardNone is nobody's.
	shardNone shard = "none"

	shardLabel = "campaign.cloudrecording.dev/shard"
)

// replicas returns how many operators look after each shard.
func replicas() []shard {
	return []shard{shardMain, shardMain, shardOther}
}

// selector is the label selector of what the shard's operators watch.
func (h shard) selector() string {
	if h == shardMain {
		return fmt.Sprintf("%s notin (%s,%s)", shardLabel, shardOther, shardNone)
	}
	return fmt.Sprintf("%s=%s", shardLabel, h)
}
