// SPDX-License-Identifier: Apache-2.0

import com.google.api.client.googleapis.json.GoogleJsonResponseException;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.gson.GsonFactory;
import com.google.api.services.storage.Storage;
import com.google.api.services.storage.model.Bucket;

/** Does with Google's client what docs/formats.md calls unimplemented, and prints what it reports: Google.java URL. */
class Google {
  public static void main(String[] arguments) throws Exception {
    var storage = new Storage.Builder(new NetHttpTransport(), GsonFactory.getDefaultInstance(), null)
        .setRootUrl(arguments[0] + "/")
        .setApplicationName("test")
        .build();
    try {
      storage.buckets().patch("bucket", new Bucket()).execute();
    } catch (GoogleJsonResponseException e) {
      System.out.println("GoogleJsonResponseException " + e.getDetails().getCode() + ": " + e.getDetails().getMessage());
    }
  }
}
