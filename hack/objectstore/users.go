// SPDX-License-Identifier: Apache-2.0

package objectstore

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// policies holds the statements by bucket, because a bucket has a single policy.
type policies struct {
	mutex      sync.Mutex
	statements map[string][]statement
}

// policy is a bucket policy in S3's form.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect    string
	Principal principal
	Action    []string
	Resource  []string
}

type principal struct {
	AWS []string
}

// addUser creates an account without permissions, and grants some in the bucket's policy.
func (g *gateway) addUser(ctx context.Context, bucket string, actions []string) (Credentials, error) {
	user := Credentials{AccessKey: rand.Text(), SecretKey: rand.Text()}
	if err := g.createAccount(ctx, user); err != nil {
		return Credentials{}, err
	}
	if len(actions) == 0 {
		return user, nil
	}
	return user, g.grant(ctx, bucket, statement{
		Effect:    "Allow",
		Principal: principal{AWS: []string{user.AccessKey}},
		Action:    actions,
		Resource:  []string{"arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"},
	})
}

// createAccount runs versitygw's client for its administrative API.
func (g *gateway) createAccount(ctx context.Context, user Credentials) error {
	cmd := exec.CommandContext(ctx, g.binary, "admin", "--endpoint-url", g.endpoint, "--region", Region,
		"create-user", "--access", user.AccessKey, "--secret", user.SecretKey, "--role", "user")
	cmd.Env = append(os.Environ(), "ADMIN_ACCESS_KEY_ID="+g.root.AccessKey, "ADMIN_SECRET_ACCESS_KEY="+g.root.SecretKey)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("creating an account: %w: %s", err, bytes.TrimSpace(output.Bytes()))
	}
	return nil
}

// grant adds a statement to the bucket's policy.
func (g *gateway) grant(ctx context.Context, bucket string, added statement) error {
	g.policies.mutex.Lock()
	defer g.policies.mutex.Unlock()
	statements := append(g.policies.statements[bucket], added)
	document, err := json.Marshal(policy{Version: "2012-10-17", Statement: statements})
	if err != nil {
		return fmt.Errorf("encoding the bucket's policy: %w", err)
	}
	_, err = g.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{
		Bucket: aws.String(bucket),
		Policy: aws.String(string(document)),
	})
	if err != nil {
		return fmt.Errorf("setting the bucket's policy: %w", err)
	}
	g.policies.statements[bucket] = statements
	return nil
}
